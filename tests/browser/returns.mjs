// Returns: customers withdraw from contracts and report defects, and the staff take goods back.
import assert from "node:assert/strict";
import path from "node:path";

import { PHONE } from "./browser.mjs";
import { asCustomer, buyer } from "./customers.mjs";
import { asStaff, fill, isFine, member } from "./team.mjs";

/** Ships all of an order. */
async function ship(shop, order_id) {
  const { client } = await member(shop, "admin");
  await client.call("POST /admin/orders/{order_id}/shipments", { path: { order_id }, body: { carrier: "Correos" } });
}

function returnsOf({ page }) {
  return page.locator("section", { has: page.getByRole("heading", { name: "Returns", exact: true }) });
}

/** A customer withdraws for one cup, the staff receive it, and the money goes back. */
export async function a_customer_withdraws_and_gets_the_money_back(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number, lines } = await customer.buy();
  const price = lines.find(({ sku }) => sku === "CUP-BLUE").unit_price.amount;
  await ship(shop, order_id);
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open(`/order/${order_id}`);
    await window.button("Withdraw from contract here").click();
    await window.says(`I hereby withdraw from the contract for order ${number}`);
    const [cups, beans] = await returnsOf(window).getByRole("combobox").all();
    assert.deepEqual([await cups.inputValue(), await beans.inputValue()], ["3", "1"], "all of it");
    await cups.selectOption("1");
    await beans.selectOption("0");
    await window.isSound("en");
    await window.picture(path.join(folder, "order-withdrawing-phone.png"));
    await window.button("Confirm withdrawal").click();
    await returnsOf(window).getByText("is received").waitFor();
    await window.says("Please send the goods by");
    await window.isSound("en");
    await window.picture(path.join(folder, "order-withdrawn-phone.png"));
  });
  await shop.mail(customer.email, "We have received your withdrawal from the contract");
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open("/console");
    const card = page.locator("section", { has: page.getByRole("heading", { name: "Returns" }) });
    await card.getByRole("link", { name: "All of them" }).click();
    await page.waitForURL("**/console/orders?queue=return");
    await window.settled();
    await page.locator(".row", { hasText: number }).getByRole("link", { name: number }).click();
    await window.settled();
    const form = returnsOf(window).locator("form");
    assert.equal(await form.getByRole("group", { name: "As new, to be sold again" }).getByRole("textbox").inputValue(), "1");
    await form.getByRole("group", { name: "As new, to be sold again" }).getByRole("textbox").fill("0");
    await window.button("Receive the goods").click();
    await window.says("Say how many pieces came back.");
    await isFine(window, folder, "return-nothing-desktop");
    await form.getByRole("group", { name: "Not to be sold again" }).getByRole("textbox").fill("1");
    await window.button("Receive the goods").click();
    const dialog = page.getByRole("dialog", { name: "Have you counted the goods?" });
    await dialog.getByRole("button", { name: "Receive the goods" }).click();
    await window.says("The goods are received. The money is on its way back.");
    await returnsOf(window).getByText("came back", { exact: true }).waitFor();
    await isFine(window, folder, "return-received-desktop");
  });
  await shop.mail(customer.email, `€${(price / 100).toFixed(2)}`);
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    await returnsOf(window).getByText("is back with us").waitFor();
    await window.isSound("en");
  });
}

/** The staff do not take back what they find to be in order, and the customer reads why. */
export async function a_defect_is_looked_into(browser, { shop, folder }) {
  const customer = await buyer(shop, [{ sku: "CUP-BLUE", quantity: 1 }]);
  const { order_id, number } = await customer.buy();
  await ship(shop, order_id);
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    await window.button("Something is defective").click();
    await window.page.getByLabel("What is wrong with it?").fill("It leaks.");
    await window.isSound("en");
    await window.picture(path.join(folder, "order-defect-phone.png"));
    await window.button("Report the defect").click();
    await returnsOf(window).getByText("is being looked into").waitFor();
  });
  await asStaff(browser, shop, { role: "staff", viewport: PHONE }, async (window) => {
    await window.open(`/console/orders/${number}`);
    await window.says("It leaks.");
    await fill(returnsOf(window).locator("form"), { "Do we take it back?": "no" });
    await returnsOf(window).getByLabel("Reason").fill("It was dropped.");
    await isFine(window, folder, "return-deciding-phone");
    await window.button("Decide").click();
    await window.says("The customer is told.");
  });
  await shop.mail(customer.email, "cannot take");
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    await returnsOf(window).getByText("was not accepted").waitFor();
    await window.says("It was dropped.");
  });
}

/** Before anything is shipped, a withdrawal cancels the order. */
export async function a_withdrawal_before_shipping_cancels(browser, { shop }) {
  const customer = await buyer(shop, [{ sku: "CUP-BLUE", quantity: 1 }]);
  const { order_id } = await customer.buy();
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    await window.button("Withdraw from contract here").click();
    await window.says("Nothing was shipped yet, so the order is cancelled.");
    await window.button("Confirm withdrawal").click();
    await window.page.getByRole("heading", { name: "Cancelled" }).waitFor();
    await returnsOf(window).getByText("is received: the order is cancelled").waitFor();
  });
}

/** Somebody withdraws without signing in, in two steps; with a wrong number, the staff see it. */
export async function somebody_withdraws_without_signing_in(browser, { shop, folder }) {
  const customer = await buyer(shop, [{ sku: "CUP-BLUE", quantity: 1 }]);
  const { order_id, number } = await customer.buy();
  await ship(shop, order_id);
  const wrong = `LOST-${Date.now()}`;
  const declare = async (window, stated) => {
    await window.fill({ Name: "Ada Lovelace", "Order number": stated, "E-mail address": customer.email });
    await window.button("Withdraw from contract here").click();
    await window.says("I hereby withdraw from the contract for this order");
  };
  await browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open("/");
    await page.getByRole("contentinfo").getByRole("link", { name: "Withdraw from contract here" }).click();
    await page.waitForURL("**/withdrawal");
    await window.settled();
    await declare(window, "not/a number");
    window.expect(/status of 422/);
    await window.button("Confirm withdrawal").click();
    await page.locator("[aria-invalid=true]").waitFor();
    await window.isSound("en");
    await declare(window, number.toLowerCase());
    await window.isSound("en");
    await window.picture(path.join(folder, "withdrawal-confirming-phone.png"));
    await window.button("Confirm withdrawal").click();
    await window.says("We have received your withdrawal");
    await window.isSound("en");
    await window.picture(path.join(folder, "withdrawal-received-phone.png"));
    await window.open("/withdrawal");
    await declare(window, wrong);
    await window.button("Confirm withdrawal").click();
    await window.says("We have received your withdrawal");
  });
  await shop.mail(customer.email, "Please send the goods back");
  await shop.mail(customer.email, "It could not be assigned to an order");
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    await returnsOf(window).getByText("is received").waitFor();
  });
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open("/console");
    await window.says(wrong);
    await window.open("/console/orders?queue=return");
    const row = page.locator(".row", { hasText: wrong });
    await row.getByRole("button", { name: "See who it is from" }).click();
    await row.getByRole("link", { name: customer.email }).waitFor();
    await isFine(window, folder, "statement-desktop");
    await fill(row.locator("form"), { Outcome: "no" });
    await row.getByRole("button", { name: "Close" }).click();
    await window.says("The declaration is closed.");
    await page.waitForFunction((stated) => !document.querySelector("main").textContent.includes(stated), wrong);
  });
}

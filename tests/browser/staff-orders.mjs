// What the staff do with orders: parcels, refunds, and the slips that are packed; and what customers see of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { DESKTOP, PHONE } from "./browser.mjs";
import { asCustomer, buyer } from "./customers.mjs";
import { MOST_SCRIPT, asStaff, fill, isFine, member } from "./team.mjs";

const INVALID = /status of (409|422)/;
const FORBIDDEN = /status of 403/;
const CONFLICT = /status of 412/;

const euros = (amount) => `€${(amount / 100).toFixed(2)}`;

/** An order is found in the queue, and leaves in two parcels, which arrive. Its customer follows them. */
export async function an_order_is_shipped_in_two_parcels(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number } = await customer.buy();
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open("/console");
    const card = page.locator("section", { has: page.getByRole("heading", { name: "Waits to be shipped" }) });
    assert.match(await card.locator(".count-badge").textContent(), /^\d+\+?$/);
    await card.getByRole("link", { name: "All of them" }).click();
    await page.waitForURL("**/console/orders");
    await window.settled();
    await isFine(window, folder, "orders-desktop");
    await page.locator(".row", { hasText: number }).getByText("4 pieces to ship").waitFor();

    await page.keyboard.press("/");
    await page.keyboard.type(number.toLowerCase());
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/console/orders/${number}`);
    await window.settled();
    await isFine(window, folder, "order-desktop");
    const ship = page.locator("form", { has: page.getByLabel("Carrier", { exact: true }) }).last();
    const [cups, beans] = await ship.getByRole("group", { name: "In the parcel" }).getByRole("textbox").all();
    assert.deepEqual([await cups.inputValue(), await beans.inputValue()], ["3", "1"], "all that is left");
    await cups.fill("4");
    await beans.fill("0");
    await ship.getByLabel("Carrier", { exact: true }).fill("Correos");
    await ship.getByLabel("Page of the carrier").fill("http://correos.example/1");
    await ship.getByRole("button", { name: "Ship" }).click();
    await window.says("From 0 to 3.");
    await window.says("An address that begins with https://.");
    await isFine(window, folder, "order-ship-wrong-desktop");
    await cups.fill("2");
    await ship.getByLabel("Tracking number").fill("CX-1");
    await ship.getByLabel("Page of the carrier").fill("https://correos.example/1");
    await ship.getByLabel("Page of the carrier").press("Enter");
    await window.says("A parcel with 2 pieces is on its way with Correos.");
    assert.deepEqual([await cups.inputValue(), await beans.inputValue(), await ship.getByLabel("Carrier", { exact: true }).inputValue()], ["1", "1", "Correos"]);
    await ship.getByLabel("Tracking number").fill("CX-2");
    await ship.getByRole("button", { name: "Ship" }).click();
    await window.says("All pieces are shipped.");
    await isFine(window, folder, "order-shipped-desktop");

    const second = page.locator(".parcel", { hasText: "CX-2" });
    await second.getByText("Change tracking").click();
    await second.getByLabel("Tracking number").fill("CX-22");
    await second.getByRole("button", { name: "Save" }).click();
    await window.says("The parcel is saved.");
    await window.button("Undo").click();
    await window.says("It is as it was.");

    for (const tracking of ["CX-1", "CX-2"]) {
      await page.locator(".parcel", { hasText: tracking }).getByRole("button", { name: "It has arrived" }).click();
      const dialog = page.getByRole("dialog", { name: "Has this parcel arrived?" });
      await window.isSound("en", MOST_SCRIPT);
      await dialog.getByRole("button", { name: "It has arrived" }).click();
      await page.locator(".parcel", { hasText: tracking }).getByText(/^.*Arrived /).waitFor();
    }
    await page.locator(".page-actions").getByText("arrived", { exact: true }).waitFor();
    await isFine(window, folder, "order-arrived-desktop");
    await invoice(window, path.join(folder, "invoice-en.png"), /^Invoice /);
    await window.open("/console/orders");
    assert.equal(await page.locator(".row", { hasText: number }).count(), 0, "nothing of it waits");
  });
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open(`/order/${order_id}`);
    await page.getByRole("heading", { name: "It has arrived" }).waitFor();
    assert.deepEqual(await page.locator(".parcels code").allTextContents(), ["CX-1", "CX-2"]);
    assert.equal(await page.getByText(/^\s*Arrived on/).count(), 2);
    assert.equal(await window.link("Follow the parcel").getAttribute("href"), "https://correos.example/1");
    await window.isSound("en");
    await window.picture(path.join(folder, "order-arrived-phone.png"));
    await invoice(window, path.join(folder, "invoice-phone.png"), /^Invoice /);
  });
}

/** Saves the first invoice of the order that is shown, opens it as its reader does, and has its picture taken as it is printed. */
async function invoice(window, picture, name) {
  const [saved] = await Promise.all([window.page.waitForEvent("download"), window.button(name).first().click()]);
  assert.match(saved.suggestedFilename(), /^[A-Z0-9]+-\d{4}-\d{6}\.html$/);
  const opened = await window.page.context().newPage();
  await opened.setContent(await readFile(await saved.path(), "utf8"));
  await opened.emulateMedia({ media: "print" });
  assert.match(await opened.title(), /^Invoice [A-Z0-9]+-\d{4}-\d{6}$/);
  assert.ok(await opened.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it is as wide as its window");
  await opened.screenshot({ path: picture, fullPage: true });
  await opened.close();
}

/** Two of the staff pack at the same time: the slower one sees what is left, and that a parcel was changed. */
export async function somebody_else_has_shipped(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number } = await customer.buy();
  const { client } = await member(shop, "admin");
  await asStaff(browser, shop, { role: "staff", viewport: PHONE }, async (window) => {
    const { page } = window;
    window.expect(INVALID);
    window.expect(CONFLICT);
    await window.open(`/console/orders/${number}`);
    const parcel = await client.call("POST /admin/orders/{order_id}/shipments", { path: { order_id }, body: { carrier: "DHL", lines: [{ sku: "CUP-BLUE", quantity: 2 }] } });
    await page.getByLabel("Carrier", { exact: true }).fill("Correos");
    await window.button("Ship").click();
    await page.locator("#notices").getByText("That is more than is left to ship.").waitFor();
    await page.locator(".parcel", { hasText: "DHL" }).waitFor();
    await page.getByLabel(/\(1 left\)/).first().waitFor();
    await isFine(window, folder, "order-faster-phone");

    const path = { order_id, shipment_id: parcel.shipment_id };
    await client.call("PATCH /admin/orders/{order_id}/shipments/{shipment_id}", { path, headers: { "If-Match": `"${parcel.version}"` }, body: { tracking_number: "D-7" } });
    await window.button(/^It has arrived/).click();
    await page.getByRole("dialog").getByRole("button", { name: "It has arrived" }).click();
    await window.says("Somebody else has changed this parcel meanwhile.");
    await page.locator(".parcel", { hasText: "D-7" }).waitFor();
  });
}

/** The reply to a parcel is lost, so the button is pressed again. There is one parcel. */
export async function a_lost_reply_ships_nothing_twice(browser, { shop }) {
  const customer = await buyer(shop);
  const { order_id, number } = await customer.buy();
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    window.expect(/ERR_CONNECTION_RESET/);
    await window.open(`/console/orders/${number}`);
    const [cups] = await page.getByRole("group", { name: "In the parcel" }).getByRole("textbox").all();
    await cups.fill("1");
    await page.getByLabel("Carrier", { exact: true }).fill("Correos");
    await page.route("**/shipments", async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    });
    await window.button("Ship").click();
    await window.says("The shop cannot be reached.");
    await page.unroute("**/shipments");
    await window.button("Ship").click();
    await window.says("A parcel with 2 pieces is on its way with Correos.");
    assert.equal((await customer.read(order_id)).shipments.length, 1);
    await page.getByLabel(/\(2 left\)/).waitFor();
  });
}

/** A note for the customer, a cup that is not delivered, and then nothing of the order: its customer reads all of it. */
export async function notes_and_cancellations_are_told(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number } = await customer.buy();
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open(`/console/orders/${number}`);
    await window.button("History and notes").click();
    const form = (button) => page.locator("form", { has: page.getByRole("button", { name: button, exact: true }) });
    const press = async (button, isAsked) => {
      await form(button).getByRole("button", { name: button, exact: true }).click();
      if (isAsked) await page.getByRole("dialog").getByRole("button", { name: button, exact: true }).click();
    };
    await form("Add a note").getByLabel("Note", { exact: true }).fill("We have found a better cup.");
    await form("Add a note").getByLabel("For the customer as well").check();
    await press("Add a note", false);
    await window.says("Note saved, and on its way to the customer.");
    await form("Cancel pieces").getByLabel(/\(3 left\)/).fill("1");
    await form("Cancel pieces").getByLabel("Reason").fill("It is broken.");
    await press("Cancel pieces", true);
    await window.says("The pieces are cancelled.");
    await page.getByText("1 cancelled").waitFor();
    await isFine(window, folder, "order-desk-desktop");
    await form("Cancel the order").getByLabel("Reason").fill("The customer has called.");
    await press("Cancel the order", true);
    await window.says("The order is cancelled.");
    await isFine(window, folder, "order-desk-cancelled-desktop");
  });
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    for (const told of ["We have found a better cup.", "Some pieces cancelled", "It is broken.", "The customer has called."]) await window.says(told);
    await window.isSound("en");
    await window.picture(path.join(folder, "order-told-phone.png"));
  });
}

/** A cup is refunded after a preview, and then an amount; too much is refused. The customer reads of it in the mail and at the order. */
export async function pieces_and_amounts_are_refunded(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number, total, lines } = await customer.buy();
  const one = lines[0].total.amount / 3;
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    window.expect(INVALID);
    await window.open(`/console/orders/${number}`);
    const form = page.locator("form", { has: page.getByRole("button", { name: "See the refund" }) });
    const dialog = page.getByRole("dialog");
    await form.getByLabel("Reason").fill("arrived damaged");
    await window.button("See the refund").click();
    await window.says("Say what is refunded: some pieces, or shipping.");
    await form.getByLabel(/\(3 can be refunded\)/).fill("1");
    await form.getByLabel(/\(3 can be refunded\)/).press("Enter");
    await dialog.getByRole("heading", { name: `Refund ${euros(one)}?` }).waitFor();
    await dialog.getByText("arrived damaged").waitFor();
    await window.isSound("en", MOST_SCRIPT);
    await page.screenshot({ path: path.join(folder, "staff-refund-question-desktop.png") });
    await page.keyboard.press("Escape");
    assert.deepEqual((await customer.read(order_id)).refunds ?? [], [], "a look refunds nothing");
    assert.equal(await form.getByLabel("Reason").inputValue(), "arrived damaged", "nothing is lost");
    await window.button("See the refund").click();
    await dialog.getByRole("button", { name: `Refund ${euros(one)}` }).click();
    await window.says(`${euros(one)} is on its way back.`);
    await page.locator("td", { hasText: "paid back" }).waitFor({ timeout: 30_000 });
    await form.getByLabel(/\(2 can be refunded\)/).waitFor();
    await page.getByLabel(/\(3 left, 1 refunded\)/).waitFor();

    await form.getByLabel("What").selectOption("amount");
    await fill(form, { Reason: "late delivery", Amount: "1000" });
    await window.button("See the refund").click();
    await window.says(`That is too much. At most ${euros(total.amount - one)} can be refunded.`);
    await isFine(window, folder, "refund-refused-desktop");
    await fill(form, { Amount: "1.5" });
    await window.button("See the refund").click();
    await dialog.getByRole("button", { name: "Refund €1.50" }).click();
    await window.says("€1.50 is on its way back.");
    await page.locator("tr", { hasText: "late delivery" }).getByText("paid back").waitFor({ timeout: 30_000 });
    await page.locator(".page-actions").getByText("Partly refunded").waitFor();
    await isFine(window, folder, "order-refunded-desktop");
  });
  await shop.mail(customer.email, euros(one));
  await shop.mail(customer.email, "€1.50");
  await asCustomer(browser, customer, { viewport: PHONE }, async (window) => {
    await window.open(`/order/${order_id}`);
    const refunds = window.page.locator("section", { has: window.page.getByRole("heading", { name: "Refunds" }) });
    assert.deepEqual(await refunds.locator("li strong").allTextContents(), [euros(one), "€1.50"]);
    assert.equal(await refunds.getByText("was paid back").count(), 2);
    await window.isSound("en");
    await window.picture(path.join(folder, "order-refunded-phone.png"));
  });
}

/** Staff may refund up to a limit, which the policy sets, and admins beyond it. */
export async function staff_refund_up_to_a_limit(browser, { shop, folder }) {
  const customer = await buyer(shop, { lines: [{ sku: "GRINDER-01", quantity: 3 }] });
  const { number } = await customer.buy();
  const { client } = await member(shop, "admin");
  const { items } = await client.call("GET /admin/settings/{kind}", { path: { kind: "policy" } });
  const limit = items[0].staff_refund_limit;
  const tooMuch = (window) => fill(window.page.locator("form", { has: window.button("See the refund") }), { What: "amount", Amount: euros(limit + 1).slice(1), Reason: "goodwill" });
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    window.expect(FORBIDDEN);
    await window.open(`/console/orders/${number}`);
    await tooMuch(window);
    await window.button("See the refund").click();
    await window.says(`The refunds of one order may come to ${euros(limit)} without an admin. Ask one.`);
    await isFine(window, folder, "refund-limit-desktop");
  });
  await asStaff(browser, shop, { role: "admin" }, async (window) => {
    await window.open(`/console/orders/${number}`);
    await tooMuch(window);
    await window.button("See the refund").click();
    await window.page.getByRole("dialog", { name: `Refund ${euros(limit + 1)}?` }).waitFor();
  });
}

/** Orders are found by what somebody has of them, and what is found nowhere is said. */
export async function orders_are_found(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number, placed_at } = await customer.buy();
  await asStaff(browser, shop, { role: "staff", viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open(`/console/orders?q=${number.replace("-", "").toLowerCase()}`);
    await page.waitForURL(`**/console/orders/${number}`);
    await window.open(`/console/orders?q=${order_id}`);
    await page.waitForURL(`**/console/orders/${order_id}`);
    await window.open(`/console/orders?q=${customer.email}`);
    await page.getByRole("heading", { name: "The orders of Mary Seacole" }).waitFor();
    await page.locator(".row", { hasText: number }).waitFor();
    await window.open(`/console/orders?month=${placed_at.slice(0, 7)}`);
    await page.locator(".row", { hasText: number }).waitFor();
    await isFine(window, folder, "orders-month-phone");
    await window.link(number).click();
    await window.settled();
    await window.link("All orders of this customer").click();
    await page.getByRole("heading", { name: "The orders of Mary Seacole" }).waitFor();
    await window.open("/console/orders?q=0000-00000");
    await window.says("There is no order 0000-00000.");
    await window.open("/console/orders?q=socks");
    await window.says("The number of an order has nine letters and digits");
    await window.open("/console/orders?q=nobody@customers.example");
    await window.says("No account has the address nobody@customers.example.");
  });
}

/** The slip has an address and what is in the parcel, and no prices; on paper it is alone. */
export async function a_packing_slip_is_printed(browser, { shop, folder }) {
  const customer = await buyer(shop);
  const { order_id, number } = await customer.buy();
  const { client } = await member(shop, "staff");
  await client.call("POST /admin/orders/{order_id}/shipments", { path: { order_id }, body: { carrier: "Correos", tracking_number: "CX-9", lines: [{ sku: "CUP-BLUE", quantity: 2 }] } });
  await asStaff(browser, shop, { role: "staff", viewport: DESKTOP }, async (window) => {
    const { page } = window;
    await window.open(`/console/orders/${number}`);
    await window.link("Packing slip of what is left").click();
    await window.settled();
    assert.deepEqual(await page.locator(".slip tbody td.amount").allTextContents(), ["1", "1"]);
    await isFine(window, folder, "slip-desktop");
    await window.link("Back to the order").click();
    await window.settled();
    await page.locator(".parcel").getByRole("link", { name: "Packing slip" }).click();
    await window.settled();
    await page.emulateMedia({ media: "print" });
    for (const hidden of [".bar", ".rail", ".slip-tools"]) assert.equal(await page.locator(hidden).isVisible(), false, hidden);
    const slip = await page.locator("body").innerText();
    for (const needed of [number, "Mary Seacole", "Calle Mayor 1", "28013 Madrid", "CUP-BLUE", "CX-9"]) assert.ok(slip.includes(needed), `${needed} in: ${slip}`);
    assert.doesNotMatch(slip, /€|BEANS/);
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.screenshot({ path: path.join(folder, "staff-slip-printed.png") });
  });
}

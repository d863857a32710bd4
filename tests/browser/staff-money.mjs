// Money in the staff's console: what customers dispute with their bank, and the ledger.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { DESKTOP, PHONE } from "./browser.mjs";
import { buyer } from "./customers.mjs";
import { asStaff, isFine } from "./team.mjs";

const CONFLICT = /status of 409/;

/** A customer disputes a payment. Staff see it, ship nevertheless, and the bank decides: the ledger has it all. */
export async function a_dispute_is_lost(browser, { shop, folder }) {
  const customer = await buyer(shop, { payment_method: "pm_card_createDispute" });
  const { order_id, number } = await customer.buy();
  const dispute = await shop.disputed(order_id);
  await asStaff(browser, shop, { role: "admin", viewport: DESKTOP }, async (window) => {
    const { page } = window;
    await window.open("/console");
    await page.locator("section", { has: page.getByRole("heading", { name: "Disputed payments" }) }).getByRole("link", { name: "All of them" }).click();
    await window.settled();
    const row = page.locator(".row", { hasText: dispute.gateway_id });
    await row.getByText("the bank has the money").waitFor();
    await isFine(window, folder, "disputes-desktop");
    await row.getByRole("link").click();
    await window.settled();
    await page.locator(".page-actions").getByText("Disputed").waitFor();

    window.expect(CONFLICT);
    await page.getByLabel("Carrier", { exact: true }).fill("Correos");
    await window.button("Ship").click();
    const dialog = page.getByRole("dialog", { name: "Ship although the payment is disputed?" });
    await isFine(window, folder, "ship-disputed-desktop");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.locator("#notices, [role=alert]").getByText("The customer claims the money back").first().waitFor();
    await window.button("Ship").click();
    await dialog.getByRole("button", { name: "Ship all the same" }).click();
    await page.locator(".parcel", { hasText: "Correos" }).waitFor();

    await shop.decide(dispute.gateway_id, "lost");
    await shop.untilPaymentIs(customer.client, order_id, "lost");
    await window.open(`/console/orders/${number}`);
    await page.locator(".page-actions").getByText("Dispute lost").waitFor();
    await window.open("/console/ledger");
    await page.getByRole("row", { name: /Losses in disputes/ }).first().waitFor();
    await isFine(window, folder, "ledger-desktop");
    const download = page.waitForEvent("download");
    await window.button("Save as CSV").click();
    const file = await readFile(await (await download).path(), "utf8");
    assert.match(file, /^day,account,currency,debit,credit\n/);
    assert.match(file, /,dispute_losses,EUR,\d+\.\d\d,0\.00\n/);
  });
  await asStaff(browser, shop, { role: "admin", viewport: PHONE, locale: "de-DE" }, async (window) => {
    await window.open("/console/ledger");
    await isFine(window, folder, "ledger-phone", "de");
    await window.open("/console/disputes");
    await isFine(window, folder, "disputes-phone", "de");
  });
}

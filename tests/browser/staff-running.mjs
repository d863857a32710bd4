// What admins decide on: promotions and settings; and what is recorded of it.
import assert from "node:assert/strict";

import { PHONE } from "./browser.mjs";
import { asStaff, fill, isFine, member } from "./team.mjs";

const CONFLICT = /status of 412/;

/** A code is made, used in a cart, changed, and ended. */
export async function a_promotion_is_made(browser, { shop, folder }) {
  const code = `JUGS${Date.now()}`;
  const { client } = await member(shop, "admin");
  const kept = async () => {
    for await (const promotion of client.each("GET /admin/promotions", { query: { limit: 100 } })) if (promotion.code === code) return promotion;
    return null;
  };
  await asStaff(browser, shop, {}, async (window) => {
    const { page } = window;
    await window.open("/console/promotions/new");
    await fill(page, { Code: code.toLowerCase(), "How much off": "12.5" });
    await page.getByLabel("Others may be used with it").check();
    await isFine(window, folder, "promotion-typed-desktop");
    await window.button("Create it").click();
    await page.waitForURL(`**/console/promotions/${code}`);
    await window.settled();
    assert.deepEqual([(await kept()).rate, (await kept()).combinable], [125_000, true]);

    const guest = shop.client();
    guest.signIn(await guest.call("POST /guests", { body: {} }));
    const { version } = await guest.call("GET /cart");
    const cart = await guest.call("PUT /cart/lines/{sku}", { path: { sku: "CUP-BLUE" }, headers: { "If-Match": `"${version}"` }, body: { quantity: 2 } });
    const { quote } = await guest.call("PATCH /cart", { headers: { "If-Match": `"${cart.version}"` }, body: { codes: [code] } });
    assert.ok(quote.discounts.some((discount) => discount.code === code), "a cart takes it");

    await fill(page, { "What it does": "fixed", "How much off": "5" });
    await window.button("Save").click();
    await window.says(`${code} is saved.`);
    assert.deepEqual((await kept()).amount, { amount: 500, currency: "EUR" });
    await window.button("Undo").click();
    await window.says("It is as it was.");
    assert.equal((await kept()).type, "percent");
    await window.button("End it now").click();
    await window.says(`${code} has ended.`);
    await isFine(window, folder, "promotion-ended-desktop");
    window.expect(CONFLICT);
    await window.open("/console/promotions/new");
    await fill(page, { Code: code, "How much off": "99" });
    await window.button("Create it").click();
    await window.says(`There is a code ${code} already.`);
    assert.equal((await kept()).rate, 125_000);
    await window.open("/console/promotions");
    await page.locator(".row", { hasText: code }).getByText("over").waitFor();
  });
}

/** A policy is changed while another admin changes it, too; and that is undone. */
export async function a_setting_is_changed(browser, { shop, folder }) {
  const { client } = await member(shop, "admin");
  const policy = async () => (await client.call("GET /admin/settings/{kind}", { path: { kind: "policy" } })).items[0];
  const before = await policy();
  await asStaff(browser, shop, { viewport: PHONE }, async (window) => {
    const { page } = window;
    window.expect(CONFLICT);
    await window.open("/console/settings/policy");
    const days = page.getByLabel("Returns without a reason");
    await days.fill("30");
    const { id, kind, version, changed_at, changed_by, ...value } = before;
    await client.call("PUT /admin/settings/{kind}/{id}", { path: { kind, id }, headers: { "If-Match": `"${version}"` }, body: { ...value, assume_delivered_days: before.assume_delivered_days + 1 } });
    await window.button("Save").click();
    const dialog = page.getByRole("dialog", { name: "Somebody else was faster" });
    await dialog.getByText("Counts as delivered").waitFor();
    await dialog.getByRole("button", { name: "Save it like this" }).click();
    await window.says("That holds within a minute.");
    assert.deepEqual([(await policy()).return_days, (await policy()).assume_delivered_days], [30, before.assume_delivered_days + 1]);
    await isFine(window, folder, "setting-saved-phone");
    await window.button("Undo").click();
    await window.says("It is as it was.");
    assert.equal((await policy()).return_days, before.return_days);
  });
}

/** A rate of tax and a way of shipping are added, which asks first, since they stay. */
export async function settings_of_a_list_are_added(browser, { shop, folder }) {
  const stamp = Date.now();
  const { client } = await member(shop, "admin");
  await asStaff(browser, shop, {}, async (window) => {
    const { page } = window;
    await window.open("/console/settings/tax_rate");
    const rows = page.locator("tbody tr");
    const all = await rows.count();
    await page.getByLabel("Filter").fill("spain");
    assert.ok((await rows.count()) < all, "the table is filtered");
    await window.link("Add").click();
    await page.waitForURL("**?id=");
    await window.settled();
    await fill(page, { Name: `is-standard-${stamp}`, Country: "is", Rate: "24", From: "2027-01-01T00:00", Source: "Skatturinn, 2026-11-30" });
    await window.button("Add").click();
    await page.getByRole("dialog").getByText("A setting can be changed, but not removed.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
    await page.waitForURL("**/console/settings/tax_rate");
    await window.settled();
    await page.getByRole("link", { name: "Iceland" }).first().click();
    await page.waitForURL("**?id=is-standard-**");
    await window.settled();
    await isFine(window, folder, "tax-rate-desktop");

    await window.open("/console/settings/shipping_zone?id=");
    await fill(page, { Name: `iceland-${stamp}`, Countries: "IS" });
    await window.says("Iceland");
    await window.button("Add a way").click();
    await fill(page, { "What customers read": "By ship", "Name in orders": "ship", Priced: "by_weight" });
    await window.button("Add a step").click();
    await fill(page, { "Up to": "1000", Price: "9.90" });
    await window.button("Add a step").click();
    await page.getByLabel("Up to", { exact: true }).nth(1).fill("5000");
    await page.getByLabel("Price", { exact: true }).nth(1).fill("19.90");
    await isFine(window, folder, "zone-typed-desktop");
    await page.locator("form.sheet").getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
    await page.waitForURL("**/console/settings/shipping_zone");
    const { items } = await client.call("GET /admin/settings/{kind}", { path: { kind: "shipping_zone" }, query: { limit: 100 } });
    const zone = items.find(({ id }) => id === `iceland-${stamp}`);
    assert.deepEqual(zone.methods[0].by_weight.map(({ up_to_g, price }) => [up_to_g, price.amount]), [[1000, 990], [5000, 1990]]);
  });
}

/** What was done is recorded, for admins. */
export async function the_audit_tells_who_did_what(browser, { shop, folder }) {
  const { client } = await member(shop, "admin");
  const code = `AUDIT${Date.now()}`;
  const rule = { type: "free_shipping", from: new Date().toISOString() };
  await client.call("PUT /admin/promotions/{code}", { path: { code }, headers: { "If-Match": `"0"` }, body: { rule } });
  await shop.recorded(client, code);
  await asStaff(browser, shop, {}, async (window) => {
    const { page } = window;
    await window.open("/console/audit");
    await page.getByLabel("Who", { exact: true }).selectOption(client.session.userId);
    await window.button("Find").click();
    await page.waitForURL("**actor=usr_**");
    await window.settled();
    await isFine(window, folder, "audit-of-one-desktop");
    const row = page.locator("tr", { hasText: code });
    await row.getByText("changed a promotion").waitFor();
    await row.getByRole("link", { name: code }).click();
    await page.waitForURL(`**/console/promotions/${code}`);
  });
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    await window.open("/console/audit");
    await window.says("Only admins see who has changed what.");
    await window.open("/console/settings/policy");
    await window.says("Only admins can change this.");
    assert.equal(await window.page.getByLabel("Returns without a reason").isDisabled(), true);
  });
}

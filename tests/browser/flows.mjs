// What customers do in a browser.
import assert from "node:assert/strict";
import path from "node:path";

import { PHONE } from "./browser.mjs";
import { signIn } from "./pages.mjs";
import { ADDRESS, PASSWORD, totp } from "./shop.mjs";

const UNAUTHORIZED = /status of 401/;

/** Somebody registers, confirms the address, saves an address, and sets up a second factor. */
export async function an_account_from_its_beginning(browser, { shop, folder }) {
  const email = `grace-${Date.now()}@customers.example`;
  return browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open("/account/register");
    await window.fill({ Name: "Grace Hopper", "E-mail address": email, Password: "short but fine" });
    await window.button("Create my account").click();
    await window.says("Please look into your mailbox");

    await page.goto(await shop.link(email, "/confirm-email"));
    await window.button("Confirm my address").click();
    await window.says("Your address is confirmed.");
    assert.equal(new URL(page.url()).hash, "", "the token is not kept in the history");

    await window.open("/account/sign-in?next=//evil.example");
    await window.fill({ "E-mail address": email, Password: "wrong" });
    window.expect(UNAUTHORIZED);
    await page.locator("main").getByRole("button", { name: "Sign in" }).click();
    await window.says("The address or the password is not right.");
    await window.isSound("en");
    await window.picture(path.join(folder, "sign-in-refused-phone.png"));
    await window.fill({ Password: "short but fine" });
    await page.locator("main").getByRole("button", { name: "Sign in" }).click();
    await window.says("Hello, Grace Hopper");
    assert.equal(new URL(page.url()).pathname, "/account", "no other site is led to");

    await window.open("/account/addresses");
    window.expect(/status of 422/);
    await window.button("Add an address").click();
    await window.fill({ Name: "Grace Hopper", "Street and number": "Calle Mayor 1", Town: "Madrid" });
    await window.button("Save").click();
    await window.says("The postal code is missing.");
    await window.isSound("en");
    await page.getByLabel("Postal code").fill("28013");
    await page.getByLabel("State or province").fill("Madrid");
    await window.button("Save").click();
    await page.locator(".saved").waitFor();
    await window.says("For deliveries");
    await window.button("Add an address").click();
    await window.fill({ Name: "عائشة الحسن", "Street and number": "شارع الرينبو ١٢", Town: "عمّان" });
    await page.getByLabel("Country").selectOption("JO");
    await window.button("Save").click();
    await page.locator(".saved").nth(1).waitFor();
    await window.isSound("en");
    await window.picture(path.join(folder, "addresses-saved-phone.png"));

    await window.open("/account/security");
    await page.locator("#totp-password").fill("short but fine");
    await window.button("Set up a second factor").click();
    const secret = (await page.locator(".secret").textContent()).replaceAll(" ", "");
    await window.isSound("en");
    await page.locator("#totp-code").fill(totp(secret));
    await window.button("Switch it on").click();
    await page.locator(".codes li").first().waitFor();
    const [recovery] = await page.locator(".codes code").allTextContents();
    await window.isSound("en");
    await window.picture(path.join(folder, "recovery-codes-phone.png"));

    await window.button("Sign out").click();
    await page.waitForURL("**/");
    await window.open("/account/sign-in");
    await window.fill({ "E-mail address": email, Password: "short but fine" });
    await page.locator("main").getByRole("button", { name: "Sign in" }).click();
    await window.says("One more step");
    await window.isSound("en");
    await window.fill({ Code: recovery });
    await page.locator("main").getByRole("button", { name: "Sign in" }).click();
    await window.says("Hello, Grace Hopper");
  });
}

/** Somebody has forgotten the password. */
export async function a_password_is_replaced(browser, { shop, email }) {
  return browser.window({}, async (window) => {
    await window.open("/account/forgot-password");
    await window.fill({ "E-mail address": email });
    await window.button("Send me the link").click();
    await window.says(`If there is an account for ${email}, a link is on its way.`);
    const link = await shop.link(email, "/reset-password");
    await window.page.goto(link);
    await window.fill({ "New password": PASSWORD });
    await window.button("Set the password").click();
    await window.says("Your password is changed.");
    await window.page.goto("about:blank");
    await window.page.goto(link);
    await window.fill({ "New password": "another password" });
    window.expect(/status of 404/);
    await window.button("Set the password").click();
    await window.says("The link is invalid, was used, or has expired.");
    await window.isSound("en");
  });
}

/** Somebody who has ordered as a guest finds the order again, on another device. */
export async function a_guests_order_is_found_by_a_mailed_link(browser, { shop, folder }) {
  const guest = shop.client();
  const address = `guest-${Date.now()}@customers.example`;
  guest.signIn(await guest.call("POST /guests", { body: {} }));
  const lines = [{ sku: "BEANS-250", quantity: 1 }];
  const contact = { name: "A Guest", email: address };
  const { order_id, number } = await guest.call("POST /orders", { body: { currency: "EUR", lines, contact, payment_method: "pm_card_visa", shipping_address: ADDRESS, shipping_method: "standard" } });
  await shop.until(guest, order_id, "confirmed");
  return browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open("/account/sign-in");
    await window.link("Find my order").click();
    await page.waitForURL("**/order-lookup");
    await window.settled();
    await window.fill({ "Order number": number, "E-mail address": address });
    await window.button("Send me the link").click();
    await window.says(`If there is such an order for ${address}, a link is on its way.`);
    await window.isSound("en");
    await window.picture(path.join(folder, "order-lookup-sent-phone.png"));
    const link = await shop.link(address, "/order-lookup");
    await page.goto("about:blank");
    await page.goto(link);
    await page.waitForURL(`**/order/${order_id}`);
    await window.settled();
    await window.says(number);
    await page.goto("about:blank");
    window.expect(/status of 404/);
    await page.goto(link);
    await window.says("The link is invalid, was used, or has expired.");
    await window.isSound("en");
  });
}

/** The order of an account is seen by who signs in. */
export async function the_link_of_an_accounts_order_leads_to_signing_in(browser, { shop, email }) {
  const client = shop.client();
  client.signIn(await client.call("POST /sessions", { body: { email, password: PASSWORD } }));
  const { items } = await client.call("GET /orders", { query: {} });
  await client.call("POST /orders/lookup", { body: { number: items[0].number, email } });
  const link = await shop.link(email, "/order-lookup");
  return browser.window({ viewport: PHONE }, async (window) => {
    window.expect(/status of 409/);
    await window.page.goto(link);
    await window.says("This order belongs to an account");
    await window.isSound("en");
    await window.page.locator("main").getByRole("link", { name: "Sign in" }).click();
    await window.page.waitForURL("**/account/sign-in?next=%2Faccount%2Forders");
  });
}

/** Somebody looks for a thing without a mouse. */
export async function a_product_is_found_with_the_keyboard(browser, { folder }) {
  return browser.window({}, async (window) => {
    const { page } = window;
    const { keyboard } = page;
    await window.open("/");
    await keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.reload();
    await window.settled();
    for (let presses = 0; (await page.evaluate(() => document.activeElement.id)) !== "q"; presses += 1) {
      assert.ok(presses < 10, "the search is among the first things that Tab reaches");
      await keyboard.press("Tab");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.equal(outline, "solid", "what has the focus is seen");
    }
    await keyboard.type("espresso");
    await page.locator("[role=option]").first().waitFor();
    await keyboard.press("ArrowDown");
    const chosen = await page.locator("[role=option][aria-selected=true]").textContent();
    await window.isSound("en");
    await page.screenshot({ path: path.join(folder, "suggestions-desktop.png") });
    await keyboard.press("Escape");
    assert.equal(await page.locator("[role=listbox]").isVisible(), false);
    await keyboard.type(" cup");
    await page.locator("[role=option]").first().waitFor();
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await page.waitForURL("**/p/*");
    await window.settled();
    assert.match(chosen, /espresso/i);
    assert.equal(await page.locator("h1").textContent(), "Espresso cup");
    await page.getByRole("radio", { name: "Blue" }).focus();
    await keyboard.press("ArrowRight");
    assert.equal(new URL(page.url()).searchParams.get("variant"), "CUP-WHITE");
    await page.reload();
    await window.settled();
    assert.equal(await page.getByRole("radio", { name: "White" }).isChecked(), true);
  });
}

/** Somebody narrows results, follows the address, and goes on. */
export async function results_are_narrowed(browser) {
  return browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open("/find");
    const all = await page.locator(".card").count();
    await page.getByLabel("to", { exact: true }).fill("10");
    await page.getByLabel("to", { exact: true }).press("Enter");
    await page.waitForURL("**max_price=1000**");
    await page.waitForFunction((before) => document.querySelectorAll(".card").length < before, all);
    await page.getByLabel("Order").selectOption({ label: "Lowest price first" });
    await page.waitForURL("**sort=price_asc**");
    await page.reload();
    await window.settled();
    const prices = (await page.locator(".card .ticket").allTextContents()).map((text) => Number(text.replace(/[^\d.]/g, "")));
    assert.ok(prices.length > 0 && prices.every((price) => price <= 10), `${prices}`);
    assert.deepEqual(prices, prices.toSorted((one, other) => one - other));
    await window.isSound("en");
  });
}

/** Somebody waits for what is sold out. */
export async function a_mail_is_asked_for(browser, { email, soldOut, folder }) {
  return browser.window({}, async (window) => {
    const { page } = window;
    await window.open(`/p/${soldOut}`);
    await window.isSound("en");
    await window.link("Sign in, and we write to you when it is back.").click();
    await window.fill({ "E-mail address": email, Password: PASSWORD });
    await page.locator("main").getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`**/p/${soldOut}`);
    await window.button("Write to me when it is back").click();
    await window.says("We will write to you once, when it is back.");
    await window.isSound("en");
    await window.picture(path.join(folder, "product-sold-out-desktop.png"));
    await window.button("Never mind").click();
    await window.button("Write to me when it is back").waitFor();
  });
}

/** What the shop does not have yet can be ordered, and says when it ships. */
export async function what_ships_later_says_so(browser) {
  return browser.window({}, async (window) => {
    await window.open("/p/tamper?variant=TAMPER-54");
    await window.says("Ships in 14 days");
    await window.page.getByLabel("58 mm").check();
    await window.says("In stock");
  });
}

/** The language is chosen once, and kept. */
export async function the_language_is_kept(browser) {
  return browser.window({ locale: "fr-FR" }, async (window) => {
    await window.open("/");
    await window.isSound("en");
    await window.button("Deutsch").click();
    await window.page.waitForSelector("html[lang=de]");
    await window.open("/find?q=cup");
    await window.isSound("de");
    await window.says("Ergebnisse für „cup“");
  });
}

/** There is no connection, the shop is busy for a moment, or does not recover. */
export async function what_fails_says_so(browser, { folder }) {
  await browser.window({}, async (window) => {
    const { page } = window;
    window.expect(/net::ERR_FAILED|status of 503/);
    let refusals = 0;
    await page.route("**/products/*", (route) => {
      refusals += 1;
      return refusals > 2 ? route.fallback() : route.fulfill({ status: 503, json: { code: "temporarily_unavailable" }, headers: { "retry-after": "0" } });
    });
    await window.open("/p/espresso-cup");
    assert.equal(await page.locator("h1").textContent(), "Espresso cup");
    await page.unroute("**/products/*");

    await page.route("**/products/*", (route) => route.fulfill({ status: 503, json: { code: "temporarily_unavailable", request_id: "r1" }, headers: { "retry-after": "60" } }));
    await window.open("/p/espresso-cup");
    assert.equal(await page.locator("h1").textContent(), "That did not work");
    await window.isSound("en");
    await window.picture(path.join(folder, "failed-desktop.png"));
    await page.unroute("**/products/*");

    await page.route("**/products/*", (route) => route.abort());
    await window.open("/p/espresso-cup");
    assert.equal(await page.locator("h1").textContent(), "No connection");
    await window.isSound("en");
    await page.context().setOffline(true);
    await window.says("You are offline.");
    await window.picture(path.join(folder, "offline-desktop.png"));
    await page.context().setOffline(false);
    await page.unroute("**/products/*");
    await window.button("Try again").click();
    await window.says("Espresso cup");
  });
  // A browser that keeps nothing still shows the shop.
  await browser.window({}, async (window) => {
    await window.page.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, name, { get: () => { throw new DOMException("denied", "SecurityError"); } });
    });
    await window.open("/c/coffee");
    await window.isSound("en");
  });
}

/** A session that was ended elsewhere leads to signing in, and back. */
export async function an_ended_session_leads_to_signing_in(browser, { shop, email }) {
  return browser.window({}, async (window) => {
    const { page } = window;
    await signIn(window, email);
    const elsewhere = shop.client();
    elsewhere.signIn(await elsewhere.call("POST /sessions", { body: { email, password: PASSWORD } }));
    await elsewhere.call("DELETE /sessions/{session_id}", { path: { session_id: "all" } });
    // The access token is good until it ends; so the page has lost it.
    await page.evaluate(() => {
      const session = JSON.parse(localStorage.getItem("bodega.session"));
      localStorage.setItem("bodega.session", JSON.stringify({ ...session, expiresAt: 0 }));
    });
    window.expect(UNAUTHORIZED);
    await page.goto("/account/orders");
    await page.waitForURL("**/account/sign-in?next=%2Faccount%2Forders");
    await window.fill({ "E-mail address": email, Password: PASSWORD });
    await page.locator("main").getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/account/orders");
    await window.settled();
  });
}

/** Somebody whose bank asks confirms the payment on the bank's page; another card is declined, and the order cancelled. */
export async function a_payment_is_confirmed_with_the_bank(browser, { shop, folder }) {
  const email = `katherine-${Date.now()}@customers.example`;
  const client = await shop.customer(email, "Katherine Johnson");
  const lines = [{ sku: "BEANS-250", quantity: 1 }];
  const place = async (payment_method) => {
    const body = { currency: "EUR", lines, payment_method, shipping_address: ADDRESS, shipping_method: "standard" };
    return (await client.call("POST /orders", { body })).order_id;
  };
  return browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    page.on("dialog", (dialog) => dialog.accept());
    // Until an order is processed, its payment is not there.
    window.expect(/status of 404/);
    await signIn(window, email);
    const asked = await place("pm_card_authenticationRequired");
    await window.open(`/order/${asked}`);
    await window.button("Confirm it with your bank").waitFor();
    await window.isSound("en");
    await window.picture(path.join(folder, "order-to-confirm-phone.png"));
    await window.button("Confirm it with your bank").click();
    await window.button("Confirm the payment").click();
    await page.waitForURL(`**/order/${asked}`);
    await window.says("It is paid. Thank you!");

    const declined = await place("pm_card_visa_chargeDeclined");
    await shop.until(client, declined, "payment_failed");
    await window.open(`/order/${declined}`);
    await window.says("Your bank has declined without telling us why. We keep your things until");
    await window.isSound("en");
    await window.picture(path.join(folder, "order-declined-phone.png"));
    await window.button("Cancel the order").click();
    await window.says("Cancelled");
  });
}

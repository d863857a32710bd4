// From the shelf to the paid order.
import assert from "node:assert/strict";
import path from "node:path";

import { DESKTOP, PHONE } from "./browser.mjs";
import { signIn } from "./pages.mjs";
import { ADDRESS } from "./shop.mjs";

const CARDS = {
  good: "A card that pays",
  asks: "A card whose bank asks you first",
  declined: "A card that is declined",
};
/** How long the order may take from the click to the mail, in milliseconds, on a machine that is busy with a browser. */
const MAILED_WITHIN = 3_000;

function newAddress(name) {
  return `${name}-${Date.now()}@customers.example`;
}

/** Puts what a page shows into the basket, and closes it. */
async function put(window, address) {
  await window.open(address);
  await window.button("Put it into the basket").click();
  await window.page.locator(".drawer .basket-lines li").first().waitFor();
}

async function toTheCheckOut(window) {
  await window.page.locator(".drawer").getByRole("link", { name: "To the check-out" }).click();
  await window.settled();
}

/** Tells the check-out who a guest is, and where the order goes. */
async function introduce(window, email, { name: who, line1 } = { name: "Ada Lovelace", line1: "Calle Mayor 1" }) {
  await window.fill({ "E-mail address": email });
  await window.page.locator("#contact-name").fill(who);
  const delivery = window.page.locator("#delivery");
  for (const [name, value] of [["name", who], ["line1", line1], ["city", "Madrid"], ["postal_code", "28013"], ["region", "Madrid"]]) {
    await delivery.locator(`[name=${name}]`).fill(value);
  }
  await delivery.locator("[name=country]").selectOption("ES");
  await window.button("Deliver here").click();
  await window.button("Deliver elsewhere").waitFor();
}

async function pay(window, card = CARDS.good) {
  await window.page.getByRole("radio", { name: card }).check();
  await window.button("Order and pay").click();
  await window.page.waitForURL("**/order/*");
}

/** Waits until the order's page says this. */
async function isNow(window, status) {
  await window.page.locator("h2", { hasText: status }).waitFor();
}

/** Returns what tells when the next click was made, by the browser's clock, also on the page to which it leads. */
async function firstClick(page) {
  const listen = () => {
    const note = ({ timeStamp }) => sessionStorage.setItem("clicked", String(performance.timeOrigin + timeStamp));
    addEventListener("click", note, { capture: true, once: true });
  };
  await page.evaluate(listen);
  return async () => Number(await page.evaluate(() => sessionStorage.getItem("clicked")));
}

/** A guest buys, on a desktop and on a phone: the first time with functions that have just started. */
export async function a_guest_buys(browser, { shop, folder }) {
  const took = [];
  for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    const email = newAddress("guest");
    await browser.window({ viewport }, async (window) => {
      const { page } = window;
      await put(window, "/p/espresso-cup?variant=CUP-BLUE");
      await window.isSound("en");
      await page.screenshot({ path: path.join(folder, `basket-${size}.png`) });
      await window.button("Close").click();
      assert.equal(await page.locator(".basket-count").textContent(), "1");
      await window.button("Put it into the basket").click();
      await page.locator(".drawer select").waitFor();
      assert.equal(await page.locator(".drawer select").inputValue(), "2");
      await toTheCheckOut(window);
      await window.isSound("en");
      await window.button("Order and pay").click();
      await window.says("Please tell us your e-mail address and your name.");
      await introduce(window, email);
      await window.isSound("en");
      await window.picture(path.join(folder, `checkout-${size}.png`));
      await page.getByRole("radio", { name: CARDS.good }).check();
      const clicked = await firstClick(page);
      // Nobody buys twice with two clicks.
      await window.button("Order and pay").dblclick();
      await page.waitForURL("**/order/*");
      const mail = await shop.mail(email, "your order is confirmed");
      took.push(Date.parse(mail.sent_at) - (await clicked()));
      await isNow(window, "Confirmed");
      await window.says("It is paid. Thank you!");
      await window.isSound("en");
      await window.picture(path.join(folder, `order-paid-${size}.png`));
      assert.match(mail.text, /espresso cup/i);
      await page.goBack();
      await window.settled();
      assert.equal(page.url().includes("/checkout"), false, "back leads to the shop, not to another payment");
      await window.open("/checkout");
      await window.says("Nothing is in it yet.");
    });
  }
  assert.ok(took.every((milliseconds) => milliseconds < MAILED_WITHIN), `${took}`);
  return `the confirmation is mailed ${took.map((milliseconds) => milliseconds.toFixed(0)).join(" and ")} ms after the click`;
}

/** A name and a street in Arabic are shown as they were written. */
export async function an_address_in_arabic_is_delivered_to(browser, { folder }) {
  const [name, line1] = ["ليلى الفهري", "شارع الحمراء ١"];
  await browser.window({ viewport: PHONE }, async (window) => {
    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    await introduce(window, newAddress("arabic"), { name, line1 });
    await pay(window);
    await isNow(window, "Confirmed");
    await window.says(line1);
    await window.isSound("en");
    await window.picture(path.join(folder, "order-arabic-phone.png"));
  });
}

/** The card is declined, and another one pays. */
export async function a_declined_order_is_paid_with_another_card(browser, { folder }) {
  await browser.window({ viewport: PHONE }, async (window) => {
    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    await introduce(window, newAddress("declined"));
    await pay(window, CARDS.declined);
    await isNow(window, "The payment has failed");
    await window.isSound("en");
    await window.picture(path.join(folder, "order-declined-phone.png"));
    await window.button("Pay with another card").click();
    await window.page.getByRole("radio", { name: CARDS.good }).check();
    await window.isSound("en");
    await window.page.getByRole("button", { name: /^Pay / }).click();
    await isNow(window, "Confirmed");
  });
}

/** The bank asks its customer, who confirms, fails, or does not answer. */
export async function a_bank_asks_its_customer(browser, { folder }) {
  await browser.window({}, async (window) => {
    const { page } = window;
    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    await introduce(window, newAddress("asked"));
    await pay(window, CARDS.asks);
    await page.getByRole("button", { name: "Confirm the payment" }).waitFor();
    await page.screenshot({ path: path.join(folder, "bank-desktop.png") });
    await page.getByRole("button", { name: "Go back without an answer" }).click();
    await page.waitForURL("**/order/*");
    await isNow(window, "Waiting for the payment");
    await window.button("Confirm it with your bank").waitFor();
    await window.isSound("en");
    await window.picture(path.join(folder, "order-asked-desktop.png"));
    // A reload in the middle does no harm.
    await page.reload();
    await window.button("Confirm it with your bank").click();
    await page.getByRole("button", { name: "Confirm the payment" }).click();
    await page.waitForURL("**/order/*");
    await isNow(window, "Confirmed");
  });
  await browser.window({}, async (window) => {
    const { page } = window;
    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    await introduce(window, newAddress("failed"));
    await pay(window, CARDS.asks);
    await page.getByRole("button", { name: "Fail the confirmation" }).click();
    await page.waitForURL("**/order/*");
    await isNow(window, "The payment has failed");
    await window.button("Pay with another card").click();
    await page.getByRole("radio", { name: CARDS.good }).check();
    await page.getByRole("button", { name: /^Pay / }).click();
    await isNow(window, "Confirmed");
  });
}

/** A price changes while somebody is about to order: the total is refused, shown, and acknowledged. */
export async function a_changed_price_is_shown_before_it_is_paid(browser, { shop, folder }) {
  const keeper = await shop.keeper();
  const price = (amount) => keeper.call("POST /admin/catalogue/variants/{sku}/prices", { path: { sku: "TAMPER-58" }, body: { price: { amount, currency: "EUR" } } });
  await browser.window({}, async (window) => {
    window.expect(/status of 409/);
    await put(window, "/p/tamper?variant=TAMPER-58");
    await toTheCheckOut(window);
    await introduce(window, newAddress("priced"));
    await price(3_290);
    await window.button("Order and pay").click();
    await window.says("The total has changed. Please look at it, and order again.");
    await window.says("Tamper, 58 mm costs €32.90 instead of €34.90.");
    await window.isSound("en");
    await window.picture(path.join(folder, "checkout-changed-desktop.png"));
    await window.button("All right").click();
    await window.page.locator(".changes").waitFor({ state: "detached" });
    await pay(window);
    await isNow(window, "Confirmed");
  });
  await price(3_490);
}

/** A code takes a tenth off the demo's order; a wrong one is refused, and one can be removed. */
export async function a_code_lowers_the_total(browser, { folder }) {
  for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    await browser.window({ viewport }, async (window) => {
      const { page } = window;
      await put(window, "/p/espresso-cup?variant=CUP-BLUE");
      await page.locator(".drawer select").selectOption("2");
      await window.button("Close").click();
      await put(window, "/p/house-espresso?variant=BEANS-250");
      await toTheCheckOut(window);
      await introduce(window, newAddress("code"));
      const total = (amount) => page.locator(".sum-total dd", { hasText: amount }).waitFor();
      await total("€41.80");
      const give = async (code) => {
        await window.fill({ "Do you have a code?": code });
        await window.button("Use it").click();
      };
      window.expect(/status of 422/);
      await give("TWENTY");
      await window.says("There is no such code.");
      await give("ten");
      await total("€38.11");
      await window.isSound("en");
      await window.picture(path.join(folder, `checkout-code-${size}.png`));
      await page.locator(".codes").getByRole("button", { name: "Remove TEN" }).click();
      await total("€41.80");
      await give("TEN");
      await total("€38.11");
      await pay(window);
      await isNow(window, "Confirmed");
      await page.locator(".lines-total", { hasText: "€38.11" }).waitFor();
      await window.picture(path.join(folder, `order-code-${size}.png`));
    });
  }
}

/** A returning customer, with a saved card, an address and a code, buys in three clicks. */
export async function a_returning_customer_buys_in_three_clicks(browser, { shop, folder }) {
  const email = newAddress("regular");
  const customer = await shop.customer(email);
  await customer.call("PUT /users/me/addresses/{address_id}", { path: { address_id: "adr_01KAR8J3YT5QZ8W2N6V4C1D7EF" }, body: { address: ADDRESS, default_shipping: true, default_billing: false } });
  await browser.window({}, async (window) => {
    await signIn(window, email);
    // The first order saves the card that pays it.
    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    await window.page.getByLabel("Save this card for my next orders").check();
    await window.isSound("en");
    await pay(window);
    await isNow(window, "Confirmed");

    await window.open("/p/espresso-cup");
    await window.button("Put it into the basket").click();
    await toTheCheckOut(window);
    assert.ok(await window.page.getByRole("radio", { name: "Visa ending in 4242, until 12/34" }).isChecked());
    await window.page.getByLabel("Do you have a code?").fill("TEN");
    await window.page.keyboard.press("Enter");
    await window.page.locator(".sums", { hasText: "TEN" }).waitFor();
    await window.isSound("en");
    await window.picture(path.join(folder, "checkout-saved-desktop.png"));
    await window.button("Order and pay").click();
    await window.page.waitForURL("**/order/*");
    await isNow(window, "Confirmed");
  });
}

/** A customer saves a card, pays a declined order with it, and removes it. */
export async function a_card_is_saved_and_removed(browser, { shop, folder }) {
  const email = newAddress("cards");
  await shop.customer(email);
  await browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    page.on("dialog", (dialog) => dialog.accept());
    await signIn(window, email);
    await window.open("/account/cards");
    await window.says("You have not saved a card yet.");
    await window.isSound("en");
    await window.button("Add a card").click();
    await page.getByRole("button", { name: "Go back without a card" }).click();
    await page.waitForURL("**/account/cards");
    await window.says("You have not saved a card yet.");
    for (const card of ["Mastercard 4444", "Visa 0341, which is declined"]) {
      await window.button("Add a card").click();
      await page.getByRole("button", { name: card }).click();
      await page.waitForURL("**/account/cards");
      await window.says("Your card is saved.");
    }
    await window.settled();
    await window.isSound("en");
    await window.picture(path.join(folder, "cards-phone.png"));

    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    const delivery = page.locator("#delivery");
    for (const [name, value] of Object.entries(ADDRESS)) {
      const field = delivery.locator(`[name=${name}]`);
      await (name === "country" ? field.selectOption(value) : field.fill(value));
    }
    await window.button("Deliver here").click();
    await window.button("Deliver elsewhere").waitFor();
    await pay(window, "Visa ending in 0341, until 12/34");
    await isNow(window, "The payment has failed");
    await window.button("Pay with another card").click();
    await page.getByRole("radio", { name: "Mastercard ending in 4444, until 12/34" }).check();
    await window.isSound("en");
    await page.getByRole("button", { name: /^Pay / }).click();
    await isNow(window, "Confirmed");

    await window.open("/account/cards");
    await page.getByRole("button", { name: "Remove Visa" }).click();
    await page.locator(".saved", { hasText: "0341" }).waitFor({ state: "detached" });
    // The page is loaded anew.
    await window.settled();
    assert.equal(await page.locator(".saved").count(), 1);
  });
}

/** A customer with an account and a saved address buys, and then in another window. */
export async function a_customer_buys_with_two_windows(browser, { shop }) {
  const email = newAddress("returning");
  const customer = await shop.customer(email);
  await customer.call("PUT /users/me/addresses/{address_id}", { path: { address_id: "adr_01KAR8J3YT5QZ8W2N6V4C1D7EF" }, body: { address: ADDRESS, default_shipping: true, default_billing: false } });
  await browser.window({}, async (window) => {
    await signIn(window, email);
    await put(window, "/p/espresso-cup");
    await toTheCheckOut(window);
    // It goes where the customer lives, unless they say otherwise.
    await window.button("Deliver elsewhere").click();
    await window.page.locator(".saved").getByRole("button", { name: "Deliver here" }).click();
    await window.button("Deliver elsewhere").waitFor();
    // In another window, there is one more.
    await customer.call("PUT /cart/lines/{sku}", { path: { sku: "BEANS-250" }, body: { quantity: 1 } });
    window.expect(/status of 409/);
    await window.button("Order and pay").click();
    await window.says("Your basket was changed in another window.");
    await window.isSound("en");
    await pay(window);
    await isNow(window, "Confirmed");
  });
}

/** The last pieces are gone at the last click, and the shop is busy for a moment. */
export async function the_last_piece_is_gone(browser, { shop }) {
  const keeper = await shop.keeper();
  const adjust = (delta) => keeper.call("POST /stock/{sku}/adjustments", { path: { sku: "WHISK-80" }, body: { delta, reason: "a test" } });
  await browser.window({}, async (window) => {
    await put(window, "/p/matcha-whisk");
    await toTheCheckOut(window);
    await introduce(window, newAddress("late"));
    await adjust(-13);
    window.expect(/status of 409/);
    await window.button("Order and pay").click();
    await window.says("Somebody was faster: there are not enough pieces left.");
    await window.says("Matcha whisk, 80 tines is sold out.");
    await window.isSound("en");
    await adjust(13);
    await window.page.reload();
    await window.settled();
    await window.fill({ "E-mail address": newAddress("late") });
    await window.page.locator("#contact-name").fill("Ada Lovelace");
    window.expect(/status of 503/);
    let refusals = 0;
    await window.page.route("**/cart/checkout", (route) => {
      refusals += 1;
      return refusals > 2 ? route.fallback() : route.fulfill({ status: 503, json: { code: "temporarily_unavailable" }, headers: { "retry-after": "0" } });
    });
    await pay(window);
    await isNow(window, "Confirmed");
  });
}

/** The same in German. */
export async function a_guest_buys_in_german(browser, { shop, folder }) {
  const email = newAddress("gast");
  await browser.window({ locale: "de-DE", viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open("/p/espresso-cup");
    await window.button("In den Korb legen").click();
    await page.locator(".drawer").getByRole("link", { name: "Zur Kasse" }).click();
    await window.settled();
    await window.fill({ "E-Mail-Adresse": email });
    await page.locator("#contact-name").fill("Ada Lovelace");
    const delivery = page.locator("#delivery");
    for (const [name, value] of [["name", "Ada Lovelace"], ["line1", "Hauptstraße 1"], ["city", "Berlin"], ["postal_code", "10827"]]) {
      await delivery.locator(`[name=${name}]`).fill(value);
    }
    await delivery.locator("[name=country]").selectOption("DE");
    await window.button("Hierhin liefern").click();
    await window.button("Woandershin liefern").waitFor();
    await window.isSound("de");
    await window.picture(path.join(folder, "checkout-de-phone.png"));
    await window.button("Zahlungspflichtig bestellen").click();
    await page.waitForURL("**/order/*");
    await page.locator("h2", { hasText: "Bestätigt" }).waitFor();
    await window.isSound("de");
  });
  assert.match((await shop.mail(email, "Bestellung")).text, /Bestellung/);
}

// Every page, in both languages and three widths: it loads, is sound, and has its picture taken.
import path from "node:path";

import { DESKTOP, NARROW, PHONE } from "./browser.mjs";
import { PASSWORD } from "./shop.mjs";

/** Paths that anybody opens, by the name of their picture. */
const OPEN = {
  home: "/",
  category: "/c/home",
  subcategory: "/c/coffee?sort=price_asc&in_stock=true",
  "category-unknown": "/c/nothing",
  find: "/find?q=cup",
  "find-nothing": "/find?q=umbrella",
  product: "/p/espresso-cup",
  "product-on-sale": "/p/colombia-huila?variant=HUILA-1000",
  "product-on-backorder": "/p/tamper?variant=TAMPER-54",
  "product-unknown": "/p/nothing",
  "sign-in": "/account/sign-in",
  register: "/account/register",
  "forgot-password": "/account/forgot-password",
  "confirm-email": "/confirm-email#token=tok_1.x",
  "reset-password": "/reset-password#token=tok_1.x",
  "accept-invitation": "/accept-invitation#token=tok_1.x",
  "link-incomplete": "/confirm-email",
  imprint: "/legal/imprint",
  privacy: "/legal/privacy",
  terms: "/legal/terms",
  withdrawal: "/legal/withdrawal",
  shipping: "/legal/shipping",
  "withdraw-from-contract": "/withdrawal",
  "order-lookup": "/order-lookup",
  "checkout-empty": "/checkout",
  "not-found": "/nothing",
  "account-not-found": "/account/nothing",
};

/** Paths of a customer, who has an order. */
const OWN = (order_id) => ({ profile: "/account", orders: "/account/orders", addresses: "/account/addresses", cards: "/account/cards", security: "/account/security", order: `/order/${order_id}` });

/** What pages are for which the browser itself writes a line into the console. */
const MISSING = /status of 404/;

export async function visit(browser, folder, order) {
  let most = 0;
  for (const [locale, viewport, size] of [["en-IE", DESKTOP, "desktop"], ["de-DE", PHONE, "phone"], ["de-AT", NARROW, "narrow"]]) {
    const language = locale.slice(0, 2);
    const see = async (window, pages) => {
      for (const [name, address] of Object.entries(pages)) {
        if (/nothing$|unknown/.test(address) || /unknown|not-found/.test(name)) window.expect(MISSING);
        await window.open(address);
        await window.isSound(language).catch((error) => {
          error.message = `${name}, ${size}: ${error.message}`;
          throw error;
        });
        most = Math.max(most, await window.script());
        if (size !== "narrow") await window.picture(path.join(folder, `${name}-${size}.png`));
      }
    };
    await browser.window({ viewport, locale }, (window) => see(window, OPEN));
    await browser.window({ viewport, locale }, async (window) => {
      await signIn(window, order.email, language);
      await see(window, OWN(order.order_id));
    });
  }
  return `${Object.keys(OPEN).length + Object.keys(OWN("")).length} pages, in en and de, at 1280, 360 and 320 pixels; ${most} bytes of script at most`;
}

const WORDS = {
  en: ["E-mail address", "Password", "Sign in"],
  de: ["E-Mail-Adresse", "Passwort", "Anmelden"],
};

export async function signIn(window, email, language = "en") {
  const [address, password, button] = WORDS[language];
  await window.open("/account/sign-in");
  await window.fill({ [address]: email, [password]: PASSWORD });
  await window.page.locator("main").getByRole("button", { name: button }).click();
  await window.page.waitForURL("**/account");
  await window.settled();
}

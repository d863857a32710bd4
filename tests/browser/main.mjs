// Judges the pages of a running shop: main.mjs <front door> <console> <folder for pictures>
import { Browser } from "./browser.mjs";
import * as buying from "./buying.mjs";
import * as laptop from "./console.mjs";
import * as files from "./files.mjs";
import * as flows from "./flows.mjs";
import { visit } from "./pages.mjs";
import * as returns from "./returns.mjs";
import { ADDRESS, ShopUnderTest } from "./shop.mjs";
import * as catalogue from "./staff-catalogue.mjs";
import * as money from "./staff-money.mjs";
import * as orders from "./staff-orders.mjs";
import * as running from "./staff-running.mjs";
import * as staff from "./staff.mjs";

const [url, consoleUrl, folder] = process.argv.slice(2);
const shop = new ShopUnderTest(url, consoleUrl);
const email = "ada@customers.example";
/** Of the assortment, with no pieces. */
const soldOut = "brewing-scale";

async function check(name, run) {
  const begun = performance.now();
  const result = await run();
  console.log(`${name.replaceAll("_", " ")}${result ? `: ${result}` : ""} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}

for (const [name, run] of Object.entries(files)) await check(name, () => run(shop));

const client = await shop.customer(email);
const lines = [{ sku: "BEANS-250", quantity: 1 }, { sku: "CUP-BLUE", quantity: 2 }];
const { order_id } = await client.call("POST /orders", { body: { currency: "EUR", lines, payment_method: "pm_card_visa", shipping_address: ADDRESS, shipping_method: "standard" } });
await shop.until(client, order_id, "confirmed");

await Browser.with(shop, async (browser) => {
  await check("pages", () => visit(browser, folder, { email, order_id }));
  for (const [name, run] of [flows, buying, laptop, staff, orders, returns, money, catalogue, running].flatMap(Object.entries)) await check(name, () => run(browser, { shop, email, soldOut, folder }));
});

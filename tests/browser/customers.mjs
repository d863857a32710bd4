// Customers of the shop under test who have something to do with its staff.
import { ADDRESS } from "./shop.mjs";

/** Somebody who places orders, which are paid. */
export async function buyer(shop, { lines = [{ sku: "CUP-BLUE", quantity: 3 }, { sku: "BEANS-250", quantity: 1 }], payment_method = "pm_card_visa" } = {}) {
  const email = `mary-${Date.now()}@customers.example`;
  const client = await shop.customer(email, "Mary Seacole");
  const buy = async () => {
    const { order_id } = await client.call("POST /orders", { body: { currency: "EUR", lines, payment_method, shipping_address: { ...ADDRESS, name: "Mary Seacole" }, shipping_method: "standard" } });
    return shop.until(client, order_id, "confirmed");
  };
  const read = (order_id) => client.call("GET /orders/{order_id}", { path: { order_id }, query: { expand: "shipments" } });
  return { email, client, buy, read };
}

/** Runs with a window in which a customer is signed in. */
export function asCustomer(browser, { client }, options, run) {
  return browser.window(options, async (window) => {
    await window.page.goto("/robots.txt");
    await window.page.evaluate((session) => localStorage.setItem("bodega.session", JSON.stringify(session)), client.session);
    return run(window);
  });
}

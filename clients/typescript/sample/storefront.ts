// What a storefront does with the client. It is type-checked with `--strict`, and never runs.
import { Shop, isProblem } from "../src/index.js";
import type { Schemas } from "../src/index.js";

const shop = new Shop({ url: "https://bodega.example" });

export async function cheapest(category: string): Promise<Schemas["ProductCard"] | undefined> {
  const found = await shop.call("GET /search", { query: { category, sort: "price_asc", limit: 1 } });
  return found.items[0];
}

export async function signIn(email: string, password: string, code: () => Promise<string>): Promise<string> {
  const answer = await shop.call("POST /sessions", { body: { email, password } });
  if (!("challenge" in answer)) return shop.signIn(answer).userId;
  const { challenge } = answer;
  const tokens = await shop.call("POST /sessions/second-factor", { body: { challenge, code: await code() } });
  return shop.signIn(tokens).userId;
}

/** A reload of the page sends the same key again, so it finds the order that it has placed. */
export async function order(sku: string, address: Schemas["AddressInput"], payment_method: string, idempotencyKey: string) {
  try {
    const body = { currency: "EUR" as const, lines: [{ sku, quantity: 1 }], shipping_address: address, shipping_method: "standard", payment_method };
    return (await shop.call("POST /orders", { body, idempotencyKey })).order_id;
  } catch (error) {
    if (isProblem(error, "out_of_stock", "price_changed")) return error.code;
    throw error;
  }
}

export async function ordered(signal: AbortSignal): Promise<Map<string, number>> {
  const totals = new Map<string, number>();
  for await (const { order_id, total } of shop.each("GET /orders", { query: { limit: 100 }, signal })) totals.set(order_id, total.amount);
  return totals;
}

export async function rename(product_id: string, title: string): Promise<number> {
  const { headers } = await shop.send("GET /admin/catalogue/products/{product_id}", { path: { product_id } });
  const etag = headers.get("etag") ?? "";
  await shop.call("PATCH /admin/catalogue/products/{product_id}", { path: { product_id }, headers: { "If-Match": etag }, body: { title } });
  const { status } = await shop.send("GET /products/{product_id}", { path: { product_id }, anonymous: true });
  return status;
}

export function mistakes(): void {
  // @ts-expect-error: no such route
  void shop.call("GET /nothing");
  // @ts-expect-error: the path is missing
  void shop.call("GET /products/{product_id}");
  // @ts-expect-error: no such parameter
  void shop.call("GET /search", { query: { colour: "blue" } });
  // @ts-expect-error: the body is missing
  void shop.call("POST /sessions");
  // @ts-expect-error: not a list
  void shop.each("GET /users/{user_id}", { path: { user_id: "usr_1" } });
  // @ts-expect-error: no such code
  isProblem(new Error(), "out_of_stocks");
}

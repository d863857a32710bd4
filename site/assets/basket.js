// The basket: the cart of the session. Who has none becomes a guest with the first article.
import { isProblem } from "./client/index.js";
import { language } from "./language.js";
import { countPieces, shop, signIn } from "./shop.js";

/** Returns the cart; `null` for somebody who has no session yet. */
export async function open() {
  return taken(shop.session ? await shop.call("GET /cart") : null);
}

/** Puts one more piece of a SKU into the cart. */
export async function add(sku) {
  if (!shop.session) signIn(await shop.call("POST /guests", { anonymous: true, body: { locale: language } }));
  const { lines, version } = await shop.call("GET /cart");
  const there = lines.find((line) => line.sku === sku)?.quantity ?? 0;
  try {
    return await put(sku, there + 1, version);
  } catch (error) {
    // Another window was faster, so there is another number to add to.
    if (isProblem(error) && error.status === 412) return add(sku);
    throw error;
  }
}

/** Sets the number of pieces of a SKU; 0 removes it. */
export async function put(sku, quantity, version) {
  return taken(await shop.call("PUT /cart/lines/{sku}", { path: { sku }, headers: matching(version), body: { quantity } }));
}

/** Takes the changes that the cart shows. */
export function acknowledge(version) {
  return change({ acknowledge: true }, version);
}

/** Changes what the cart has besides its lines. */
export async function change(body, version) {
  return taken(await shop.call("PATCH /cart", { headers: matching(version), body }));
}

/** The header that refuses a change of a cart that another window has changed since. */
function matching(version) {
  return { "If-Match": `"${version}"` };
}

/** Remembers how many pieces there are. */
export function taken(cart) {
  countPieces((cart?.lines ?? []).reduce((sum, { quantity }) => sum + quantity, 0));
  return cart;
}

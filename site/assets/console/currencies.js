// The currencies that the shop sells in.
import { shop } from "../shop.js";

/** Returns them, the first market's first; the euro, where there is no market yet. */
export async function shopCurrencies() {
  const { currencies } = await shop.call("GET /shop", { anonymous: true });
  return currencies.length > 0 ? currencies : ["EUR"];
}

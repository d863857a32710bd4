// Results of a search or of a category: what narrows them, and one page after the other.
import { minorUnits, text } from "../language.js";
import { shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";
import { reason } from "../page.js";
import { goods } from "./goods.js";

const PAGE = 24;
const SORTS = ["relevance", "newest", "price_asc", "price_desc"];

/** Reads what the page's address asks for. */
export function asked() {
  const given = new URLSearchParams(location.search);
  const amount = (name) => (/^\d+$/.test(given.get(name) ?? "") ? Number(given.get(name)) : undefined);
  const sort = SORTS.includes(given.get("sort")) ? given.get("sort") : undefined;
  return {
    q: given.get("q")?.trim() || undefined,
    category: given.get("category") || undefined,
    sort,
    in_stock: given.get("in_stock") === "true" ? true : undefined,
    min_price: amount("min_price"),
    max_price: amount("max_price"),
  };
}

/** Fetches the first page of what is asked for. */
export async function results(query) {
  const first = await shop.call("GET /search", { query: { ...query, limit: PAGE }, anonymous: true });
  return { query, items: first.items, total: first.total, facets: first.facets, cursor: first.next_cursor ?? null, problem: null };
}

/** Returns the bar that narrows results. `change` gets what is asked for then. */
function narrowing(found, change) {
  const { query, facets } = found;
  const currency = facets.price[0]?.min.currency ?? "EUR";
  const unit = minorUnits(currency);
  const shown = (amount) => (amount === undefined ? "" : amount / unit);
  const read = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const price = (name) => (form.get(name) === "" ? undefined : Math.round(Number(form.get(name)) * unit));
    const min_price = price("min_price");
    const max_price = price("max_price");
    change({ ...query, sort: form.get("sort") || undefined, in_stock: form.has("in_stock") || undefined, min_price, max_price });
  };
  const first = query.q ? "relevance" : "newest";
  const options = query.q ? SORTS : SORTS.filter((sort) => sort !== "relevance");
  return html`<form class="narrowing" @submit=${read} @change=${(event) => event.currentTarget.requestSubmit()}>
    <label>
      <span>${text.results.sort}</span>
      <select name="sort">
        ${options.map((sort) => html`<option value=${sort === first ? "" : sort} ?selected=${sort === (query.sort ?? first)}>${text.results[sort]}</option>`)}
      </select>
    </label>
    <fieldset class="prices">
      <legend>${text.results.price(currency)}</legend>
      <input name="min_price" type="number" min="0" step="any" inputmode="decimal" aria-label=${text.results.least} placeholder=${text.results.least} .value=${shown(query.min_price)} />
      <span aria-hidden="true">–</span>
      <input name="max_price" type="number" min="0" step="any" inputmode="decimal" aria-label=${text.results.most} placeholder=${text.results.most} .value=${shown(query.max_price)} />
    </fieldset>
    <label class="check"><input name="in_stock" type="checkbox" .checked=${query.in_stock ?? false} /> <span>${text.results.inStock}</span></label>
    <button type="submit" class="hidden">${text.results.apply}</button>
  </form>`;
}

/** Returns results with what narrows them. `kept` are the names that the page's own path says already. */
export function shown(found, { draw }, kept = []) {
  const change = async (query) => {
    const words = Object.entries(query).filter(([name, value]) => value !== undefined && !kept.includes(name));
    const address = new URLSearchParams(words.map(([name, value]) => [name, String(value)])).toString();
    history.replaceState(null, "", address ? `?${address}` : location.pathname);
    await attempt(found, draw, async () => Object.assign(found, await results(query)));
  };
  const more = () =>
    attempt(found, draw, async () => {
      const query = { ...found.query, limit: PAGE, cursor: found.cursor };
      const next = await shop.call("GET /search", { query, anonymous: true });
      Object.assign(found, { items: [...found.items, ...next.items], cursor: next.next_cursor ?? null, problem: null });
    });
  return html`
    ${narrowing(found, change)}
    <p class="count" role="status">${text.results.count(found.total)}</p>
    ${found.problem ? html`<p class="notice bad" role="alert">${found.problem}</p>` : nothing}
    ${found.items.length > 0 ? goods(found.items, { eager: 4, level: 2 }) : html`<p class="empty">${text.results.none}</p>`}
    ${found.cursor ? html`<p class="more"><button type="button" class="quiet" @click=${more}>${text.results.more}</button></p>` : nothing}
  `;
}

async function attempt(found, draw, run) {
  try {
    await run();
  } catch (error) {
    found.problem = reason(error);
  }
  draw();
}

// The catalogue: products by status, and those that words, a SKU or a slug find.
import { catalogue } from "../../console/catalogue-words.js";
import { screen } from "../../console/frame.js";
import { more } from "../../console/more.js";
import { STATUSES } from "../../console/product-fields.js";
import { all, call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { money, text } from "../../language.js";
import { picture } from "../../parts/picture.js";
import { html, nothing } from "../../vendor/lit-html.js";

const PAGE = 50;
/** How many hundreds of drafts and of archived products are looked through for words. */
const LOOKED_THROUGH = 10;
/** The forms of SKUs and of slugs. */
const SKU = /^[A-Z0-9][A-Z0-9._-]{0,39}$/;
const SLUG = /^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$/;

const given = new URLSearchParams(location.search);
const q = given.get("q")?.trim() ?? "";
/** @type {any} */
const status = STATUSES.includes(given.get("status") ?? "") ? given.get("status") : "active";

async function load() {
  if (q) return { ...(await found()), cursor: null };
  const { items, next_cursor } = await page();
  return { items, cursor: next_cursor ?? null, isWhole: true };
}

function page(cursor) {
  return call("GET /admin/catalogue/products", { query: { status, limit: PAGE, cursor } });
}

/** What customers can find is found as they find it; drafts and archived products are looked through. */
async function found() {
  const exact = async (query) => (await call("GET /admin/catalogue/products", { query })).items;
  const [sku, slug] = [q.toUpperCase(), q.toLowerCase()];
  const [bySku, bySlug, published, drafts, archived] = await Promise.all([
    SKU.test(sku) ? exact({ sku }) : [],
    SLUG.test(slug) ? exact({ slug }) : [],
    call("GET /search", { query: { q, limit: PAGE } }).then(({ items }) => items.map((card) => ({ ...card, status: "active" }))),
    through("draft"),
    through("archived"),
  ]);
  const items = [...bySku, ...bySlug, ...published, ...drafts.items, ...archived.items];
  return { items: [...new Map(items.map((item) => [item.product_id, item])).values()], isWhole: drafts.isWhole && archived.isWhole };
}

async function through(/** @type {"draft" | "archived"} */ status) {
  const { items, isWhole } = await all("GET /admin/catalogue/products", { query: { status } }, LOOKED_THROUGH);
  const wanted = q.toLowerCase().split(/\s+/);
  const has = ({ title, slug, variants }) => {
    const text = [title, slug, ...variants.flatMap(({ sku, title }) => [sku, title])].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  return { items: items.filter(has), isWhole };
}

function view(state, { draw }) {
  return html`<div class="page-head">
      <h1>${q ? catalogue.found(q) : words.pages.products}</h1>
      <p class="page-actions"><a class="button" href="/console/products/new">${catalogue.add}</a></p>
    </div>
    <nav class="tabs" aria-label=${catalogue.fields.status}>
      <ul>${STATUSES.map((one) => html`<li><a href=${`/console/products?status=${one}`} aria-current=${!q && one === status ? "page" : nothing}>${catalogue.statuses[one]}</a></li>`)}</ul>
    </nav>
    ${q ? html`<p class="count" role="status">${text.results.count(state.items.length)}</p>` : nothing}
    ${state.items.length > 0 ? html`<ul class="rows">${state.items.map(row)}</ul>` : html`<p class="empty">${q ? text.results.none : catalogue.none[status]}</p>`}
    ${state.isWhole ? nothing : html`<p class="small">${catalogue.notWhole}</p>`}
    ${more(state, page, draw)}`;
}

function row({ product_id, title, slug, status, category, images, image, variants, price, highest_price }) {
  const prices = variants ? variants.filter(({ retired }) => !retired).map(({ price }) => price) : [price, highest_price];
  const amounts = prices.map(({ amount }) => amount);
  const span = prices.length === 0 ? "" : Math.min(...amounts) === Math.max(...amounts) ? money(prices[0]) : text.from(money({ ...prices[0], amount: Math.min(...amounts) }));
  return html`<li class="row product-row">
    <span class="thumb">${picture(images?.[0] ?? image, { sizes: "3.5rem", alt: "" })}</span>
    <span class="row-main"><a href=${`/console/products/${product_id}`}>${title}</a><span class="small">${slug} · ${category}</span></span>
    <span class="row-side">${variants ? html`<span class="small">${catalogue.variants(variants.length)}</span>` : nothing}<span>${span}</span></span>
    <span class="tag ${status}">${catalogue.states[status] ?? status}</span>
  </li>`;
}

await screen({ title: q ? catalogue.found(q) : words.pages.products, load, view });

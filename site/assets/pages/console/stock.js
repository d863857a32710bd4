// What runs low, and the way to any SKU.
import { catalogue } from "../../console/catalogue-words.js";
import { screen } from "../../console/frame.js";
import { more } from "../../console/more.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { html, nothing } from "../../vendor/lit-html.js";

const PAGE = 50;

async function page(cursor) {
  return call("GET /admin/catalogue/stock", { query: { low: true, limit: PAGE, cursor } });
}

async function load() {
  const { items, next_cursor } = await page();
  return { items, cursor: next_cursor ?? null };
}

function view(state, { draw }) {
  const open = (event) => {
    event.preventDefault();
    const sku = String(new FormData(event.currentTarget).get("sku") ?? "").trim().toUpperCase();
    if (sku) location.assign(`/console/variants/${encodeURIComponent(sku)}`);
  };
  const row = ({ level, title, low_at, backorder }) => html`<li class="row">
    <span class="row-main"><a href=${`/console/variants/${level.sku}`}>${title}</a><span class="small">${level.sku}</span></span>
    <span class="row-side"><span>${words.today.left(level.available, low_at)}</span>${backorder ? html`<span class="small">${catalogue.stock.onBackorder(level.backordered, backorder.limit)}</span>` : nothing}</span>
  </li>`;
  return html`<div class="page-head"><h1>${words.pages.stock}</h1></div>
    <form class="inline" @submit=${open}>
      <label for="sku">${catalogue.stock.find}</label>
      <span class="inline-row"><input id="sku" name="sku" required maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" /> <button type="submit" class="quiet">${words.open}</button></span>
    </form>
    <h2>${words.today.low}</h2>
    ${state.items.length > 0 ? html`<ul class="rows">${state.items.map(row)}</ul>` : html`<p class="empty">${words.today.nothing}</p>`}
    ${more(state, page, draw)}`;
}

await screen({ title: words.pages.stock, load, view });

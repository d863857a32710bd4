// What there is to do.
import { screen } from "../../console/frame.js";
import { myImports } from "../../console/my-imports.js";
import { nameOf, pathOf } from "../../console/order-row.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { date, dateAndTime, money } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

/** More than these are on pages of their own. */
const SHOWN = 8;
/** Orders are counted up to a page of them. */
const COUNTED = 20;

async function load() {
  const [toShip, problems, back, low, drafts, disputes, imports] = await Promise.all([
    call("GET /admin/orders", { query: { queue: "to_ship", limit: COUNTED } }),
    call("GET /admin/orders", { query: { queue: "payment_problem", limit: COUNTED } }),
    call("GET /admin/returns", { query: { limit: COUNTED } }),
    call("GET /admin/catalogue/stock", { query: { low: true, limit: SHOWN } }),
    call("GET /admin/catalogue/products", { query: { status: "draft", limit: SHOWN } }),
    call("GET /admin/payments/disputes", { query: { limit: SHOWN } }),
    lastImport(),
  ]);
  return { toShip, problems, back, low, drafts, disputes, import: imports };
}

/** The newest import that was begun in this browser: the API has no list of them. */
async function lastImport() {
  const [newest] = myImports();
  if (!newest) return null;
  return call("GET /admin/catalogue/imports/{import_id}", { path: { import_id: newest } }).catch(() => null);
}

function view({ toShip, problems, back, low, drafts, disputes, import: last }, { user }) {
  return html`<div class="page-head">
      <h1>${words.today.title}</h1>
      <p class="small">${date(Date.now())}</p>
    </div>
    ${user.second_factor ? nothing : html`<p class="notice">${words.today.noFactor} <a href="/console/you">${words.today.setUp}</a></p>`}
    <div class="cards">
      ${card("to-ship", words.today.toShip, toShip, "/console/orders", waiting)}
      ${problems.items.length > 0 ? card("problems", words.today.problems, problems, "/console/orders?queue=payment_problem", waiting) : nothing}
      ${card("back", words.today.back, back, "/console/orders?queue=return", returned)}
      ${card("disputes", words.today.disputes, disputes, "/console/disputes", ({ order_id, amount, due_by }) => html`<a href=${`/console/orders/${order_id}`}>${money(amount)}</a> <span class="small">${due_by ? words.today.due(date(due_by)) : nothing}</span>`)}
      ${card("low", words.today.low, low, "/console/stock", ({ level, title, low_at }) => html`<a href=${`/console/variants/${level.sku}`}>${title}</a> <span class="small">${words.today.left(level.available, low_at)}</span>`)}
      ${card("drafts", words.today.drafts, drafts, "/console/products?status=draft", ({ product_id, title, created_at }) => html`<a href=${`/console/products/${product_id}`}>${title}</a> <span class="small">${date(created_at)}</span>`)}
      <section class="card-box" aria-labelledby="last-import">
        <h2 id="last-import">${words.today.import}</h2>
        ${last
          ? html`<p><a href=${`/console/imports/${last.import_id}`}>${dateAndTime(last.requested_at)}</a></p>
              <p><span class="tag">${words.imports[last.status]}</span></p>
              ${last.counts.failed > 0 ? html`<p>${words.today.failedRows(last.counts.failed)}</p>` : nothing}`
          : html`<p class="small">${words.today.noImport}</p>`}
        <p><a href="/console/imports">${words.pages.imports}</a></p>
      </section>
    </div>`;
}

function waiting(order) {
  return html`<a href=${pathOf(order)}>${nameOf(order)}</a> <span class="small">${order.shipping_address.name} · ${date(order.placed_at)}</span>`;
}

/** An order of which goods come back, or a withdrawal of which no order is known. */
function returned(item) {
  if (item.statement_id) return html`<a href="/console/orders?queue=return">${item.order_number}</a> <span class="small">${date(item.received_at)}</span>`;
  return html`<a href=${pathOf(item)}>${nameOf(item)}</a> <span class="small">${item.shipping_address.name}</span>`;
}

function card(id, title, { items, next_cursor }, path, row) {
  return html`<section class="card-box" aria-labelledby=${id}>
    <h2 id=${id}>${title} ${items.length > 0 ? html`<span class="count-badge">${next_cursor ? `${items.length}+` : items.length}</span>` : nothing}</h2>
    ${items.length > 0 ? html`<ul class="short-list">${items.slice(0, SHOWN).map((item) => html`<li>${row(item)}</li>`)}</ul>` : html`<p class="small">${words.today.nothing}</p>`}
    ${items.length > 0 ? html`<p><a href=${path}>${words.today.all}<span class="hidden"> – ${title}</span></a></p>` : nothing}
  </section>`;
}

await screen({ title: words.today.title, load, view });

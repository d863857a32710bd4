// Orders: those that wait for the staff, those of a month or of a customer, and the one with a number.
import { screen } from "../../console/frame.js";
import { more } from "../../console/more.js";
import { orderRow, pathOf } from "../../console/order-row.js";
import { orders } from "../../console/orders-words.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { html, nothing } from "../../vendor/lit-html.js";

const PAGE = 50;
/** The digits of numbers: nobody can take one for a letter, so those that somebody has are put right. */
const NUMBER = /^[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{5}$/;
const ORDER_ID = /^ord_[0-9A-Z]{26}$/i;

const given = new URLSearchParams(location.search);
const q = given.get("q")?.trim() ?? "";
const month = /^\d{4}-(0[1-9]|1[0-2])$/.test(given.get("month") ?? "") ? given.get("month") : null;
const thisMonth = new Date().toISOString().slice(0, 7);
const QUEUES = ["to_ship", "return", "payment_problem"];
const queue = QUEUES.find((name) => name === given.get("queue")) ?? "to_ship";
const isReturns = queue === "return";
/** Which orders: the API takes one of these. */
let wanted = given.get("user_id") ? { user_id: given.get("user_id") } : month ? { month } : { queue };

function page(cursor) {
  if (!q && wanted.queue && isReturns) return call("GET /admin/returns", { query: { limit: PAGE, cursor } });
  return call("GET /admin/orders", { query: { .../** @type {any} */ (wanted), limit: PAGE, cursor } });
}

async function load() {
  if (q) return search();
  const customer = given.get("user_id") ? await account({ user_id: given.get("user_id") }) : null;
  const title = wanted.user_id ? (customer ? orders.ofCustomer(customer.name ?? customer.email) : orders.of) : words.pages.orders;
  return { title, ...(await first()) };
}

async function first() {
  const { items, next_cursor } = await page();
  return { items, cursor: next_cursor ?? null, statements: isReturns ? await import("../../console/statements.js") : null };
}

/** Somebody who has ordered as a guest is known by the address that they have left, and may be gone. */
async function account(query) {
  const { items } = await call("GET /admin/users", { query });
  return items[0] ?? null;
}

/** Finds the one with a number or an id, and opens it; or the orders of whoever has an address. */
async function search() {
  const title = words.pages.orders;
  if (q.includes("@")) {
    const customer = await account({ email: q });
    if (!customer) return { title, items: [], cursor: null, none: orders.noSuchCustomer(q) };
    wanted = { user_id: customer.user_id };
    return { title: orders.ofCustomer(customer.name ?? customer.email), ...(await first()) };
  }
  if (ORDER_ID.test(q)) return leaveFor({ order_id: q.toLowerCase().slice(0, 4) + q.toUpperCase().slice(4) });
  const typed = q.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  if (!NUMBER.test(typed)) return { title, items: [], cursor: null, none: orders.notNumber };
  const number = typed.replace(/^(.{4})-?/, "$1-");
  const { items } = await call("GET /admin/orders", { query: { number } });
  return items.length > 0 ? leaveFor(items[0]) : { title, items: [], cursor: null, none: orders.noSuch(number) };
}

/** Another page follows, so there is nothing to show. */
function leaveFor(order) {
  location.replace(pathOf(order));
  return new Promise(() => {});
}

function view(state, { draw, reload }) {
  const isQueue = !q && wanted.queue;
  const tab = (path, name, isHere) => html`<li><a href=${path} aria-current=${isHere ? "page" : nothing}>${name}</a></li>`;
  return html`<div class="page-head"><h1>${state.title}</h1></div>
    <nav class="tabs" aria-label=${words.pages.orders}>
      <ul>
        ${QUEUES.map((name) => tab(`/console/orders?queue=${name}`, orders.views[name], isQueue && name === queue))} ${tab(`/console/orders?month=${month ?? thisMonth}`, orders.views.month, !q && wanted.month)}
      </ul>
    </nav>
    ${isQueue ? html`<p class="small">${orders.queued[queue]}</p>` : nothing}
    ${!q && wanted.month
      ? html`<form class="inline" action="/console/orders">
          <label for="month">${orders.month}</label>
          <span class="inline-row"><input id="month" name="month" type="month" required value=${month ?? thisMonth} /> <button type="submit" class="quiet">${orders.show}</button></span>
        </form>`
      : nothing}
    ${state.items.length > 0 ? html`<ul class="rows">${state.items.map((item) => (item.statement_id ? state.statements.row(item, { draw, reload }) : orderRow(item)))}</ul>` : html`<p class="empty" role="status">${state.none ?? (isQueue && queue === "to_ship" ? orders.noneToShip : orders.none)}</p>`}
    ${more(state, page, draw)}`;
}

await screen({ title: ({ title }) => title, load, view });

// Payments that customers dispute with their bank, the most urgent first.
import { screen } from "../../console/frame.js";
import { more } from "../../console/more.js";
import { disputes as own } from "../../console/money-words.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { date, dateAndTime, money } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const PAGE = 50;

function page(cursor) {
  return call("GET /admin/payments/disputes", { query: { limit: PAGE, cursor } });
}

async function load() {
  const { items, next_cursor } = await page();
  return { items, cursor: next_cursor ?? null };
}

function row({ order_id, amount, fee, status, reason, due_by, opened_at, gateway_id }) {
  return html`<li class="row">
    <span class="row-main">
      <a href=${`/console/orders/${order_id}`}>${own.order}<span class="hidden"> – ${order_id}</span></a>
      <span class="small">${own.reasons[reason] ?? reason} · ${own.since(date(opened_at))}<br />${own.gateway} <code>${gateway_id}</code></span>
    </span>
    <span class="row-side"><span>${money(amount)}</span>${fee.amount > 0 ? html`<span class="small">${own.fee(money(fee))}</span>` : nothing}<span class="small">${due_by ? own.due(dateAndTime(due_by)) : own.noDeadline}</span></span>
    <span class="tag">${own.states[status] ?? status}</span>
  </li>`;
}

function view(state, { draw }) {
  return html`<div class="page-head"><h1>${words.pages.disputes}</h1></div>
    <p class="small">${own.advice}</p>
    ${state.items.length > 0 ? html`<ul class="rows">${state.items.map(row)}</ul>` : html`<p class="empty">${own.none}</p>`}
    ${more(state, page, draw)}`;
}

await screen({ title: words.pages.disputes, load, view });

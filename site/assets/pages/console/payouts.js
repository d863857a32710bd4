// What the payment gateway has paid to the bank, and whether all of it is in the books.
import { screen } from "../../console/frame.js";
import { more } from "../../console/more.js";
import { payouts as own } from "../../console/money-words.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { date, dateAndTime, money } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const PAGE = 50;

function page(cursor) {
  return call("GET /admin/payments/payouts", { query: { limit: PAGE, cursor } });
}

async function load(user) {
  if (!user.isAdmin) return { isClosed: true, items: [], cursor: null };
  const { items, next_cursor } = await page();
  return { items, cursor: next_cursor ?? null };
}

function row({ gateway_id, amount, currency, is_itemised, mismatches, found_at, completed_at }) {
  return html`<li class="row">
    <span class="row-main">
      <strong>${date(found_at)}</strong>
      <span class="small">${own.gateway} <code>${gateway_id}</code>${is_itemised ? nothing : html` · ${own.byHand}`}</span>
    </span>
    <span class="row-side"><span>${money({ amount, currency })}</span><span class="small">${completed_at ? own.posted(dateAndTime(completed_at)) : own.beingPosted}</span></span>
    ${mismatches > 0 ? html`<span class="tag">${own.mismatches(mismatches)}</span>` : completed_at ? html`<span class="tag active">${own.matches}</span>` : nothing}
  </li>`;
}

function view(state, { draw }) {
  if (state.isClosed) return html`<div class="page-head"><h1>${words.pages.payouts}</h1></div><p class="empty">${own.closed}</p>`;
  return html`<div class="page-head"><h1>${words.pages.payouts}</h1></div>
    <p class="small">${own.advice}</p>
    ${state.items.length > 0 ? html`<ul class="rows">${state.items.map(row)}</ul>` : html`<p class="empty">${own.none}</p>`}
    ${more(state, page, draw)}`;
}

await screen({ title: words.pages.payouts, load, view });

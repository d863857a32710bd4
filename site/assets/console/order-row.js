// An order in a list.
import { date, money } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { pieces, piecesLeft, stateOf } from "./order-counts.js";
import { orders } from "./orders-words.js";

const COLORS = { delivered: "active", shipped: "active", cancelled: "archived", expired: "archived", captured: "active", refunded: "archived" };

/** Returns the path of an order, by its number where it has one. */
export function pathOf({ number, order_id }) {
  return `/console/orders/${number ?? order_id}`;
}

/** Returns how an order is called. */
export function nameOf({ number, order_id }) {
  return number ?? order_id;
}

export function stateTag(order) {
  const state = stateOf(order);
  return html`<span class="tag ${COLORS[state] ?? ""}">${orders.states[state] ?? state}</span>`;
}

export function moneyTag({ payment_state }) {
  return html`<span class="tag ${COLORS[payment_state] ?? ""}">${orders.money[payment_state] ?? payment_state}</span>`;
}

export function orderRow(order) {
  const { shipping_address: to, placed_at, total, lines, payment_state } = order;
  const left = piecesLeft(order);
  const isOdd = order.status === "confirmed" ? payment_state !== "captured" : ["captured", "refunded", "refund_failed"].includes(payment_state);
  return html`<li class="row">
    <span class="row-main"><a href=${pathOf(order)}>${nameOf(order)}</a><span class="small">${to.name}, ${to.city} · ${date(placed_at)}</span></span>
    <span class="row-side"><span>${money(total)}</span><span class="small">${left > 0 ? orders.left(left) : orders.pieces(pieces(lines))}${isOdd ? ` · ${orders.money[payment_state] ?? payment_state}` : nothing}</span></span>
    ${stateTag(order)}
  </li>`;
}

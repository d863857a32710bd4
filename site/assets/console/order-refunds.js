// The refunds of an order: what was given back, and what may be.
import { dateAndTime, money } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { formOf } from "./form-state.js";
import { editor } from "./form.js";
import { counted, isRefundable, moneyLeft, shippingLeft } from "./order-counts.js";
import { orders as own } from "./orders-words.js";

/** What may be refunded of an order as it is. */
export function fieldsOf(order) {
  const lines = counted(order).filter(({ refundable }) => refundable > 0);
  const inner = lines.map(({ sku, title, refundable }) => ({ at: sku, label: own.piecesOf(title, refundable), kind: "whole", most: refundable, initial: 0, isShort: true }));
  const shipping = shippingLeft(order);
  const ofParts = ({ way }) => way === "parts";
  return [
    { at: "way", label: own.way, kind: "choice", options: Object.entries(own.ways), isShort: true },
    ...(inner.length > 0 ? [{ at: "lines", label: own.piecesBack, kind: "group", isRow: true, fields: inner, when: ofParts }] : []),
    ...(shipping ? [{ at: "shipping", label: own.shippingBack(money(shipping)), kind: "check", when: ofParts }] : []),
    { at: "amount", label: own.amount, hint: own.amountHint(money(moneyLeft(order))), kind: "money", currency: order.total.currency, when: ({ way }) => way === "amount", isShort: true },
    { at: "reason", label: own.reason, hint: own.reasonHint, most: 300, list: "refund-reasons" },
  ];
}

/** Begins with an order as it is, or goes on with it. What is typed stays, unless something was refunded meanwhile. */
function begin(order, before = null) {
  if (!isRefundable(order)) return { form: null };
  const name = `refund of ${order.order_id} ${moneyLeft(order).amount}`;
  return { form: before?.form?.name === name ? before.form : formOf(fieldsOf(order), {}, { name }) };
}

function view(state, { draw, refresh }) {
  const { order, refunds } = state;
  const { refunds: granted = [] } = order;
  // Most orders are only looked at.
  const send = async (value) => (await import("./granting-refunds.js")).give(state, value, refresh);
  const row = (refund) => html`<tr>
    <th scope="row">${dateAndTime(refund.requested_at)}</th>
    <td class="amount">${money(refund.amount)}</td>
    <td class="long">${contents(refund)}</td>
    <td class="long">${refund.reason ?? own.rest}</td>
    <td>${own.refundStatuses[refund.status] ?? refund.status}</td>
  </tr>`;
  return html`<section class="part" aria-labelledby="refunds">
    <h2 id="refunds">${own.refunds}</h2>
    ${granted.length > 0
      ? html`<div class="scrolls" tabindex="0" role="group" aria-labelledby="refunds">
          <table class="table">
            <thead>
              <tr><th scope="col">${own.when}</th><th scope="col" class="amount">${own.amount}</th><th scope="col">${own.way}</th><th scope="col">${own.reason}</th><th scope="col">${own.status}</th></tr>
            </thead>
            <tbody>${granted.map(row)}</tbody>
          </table>
        </div>`
      : html`<p class="small">${own.noRefunds}</p>`}
    ${refunds.form
      ? html`<h3>${own.refund}</h3>
          <p class="small">${own.refundAdvice}</p>
          <datalist id="refund-reasons">${own.reasons.map((reason) => html`<option value=${reason}></option>`)}</datalist>
          ${editor(refunds.form, { button: own.preview, send, draw })}`
      : granted.length > 0
        ? nothing
        : html`<p class="small">${own.notRefundable}</p>`}
  </section>`;
}

function contents({ lines = [], shipping }) {
  return [...lines.map(({ quantity, sku }) => own.refundOf(quantity, sku)), ...(shipping ? [own.ofShipping] : [])].join(", ") || own.anAmount;
}

export const refunds = { begin, view };

// The refunds of an order: what was given back, and what may be.
import { isProblem } from "../client/index.js";
import { dateAndTime, money } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { formOf, saved } from "./form-state.js";
import { editor } from "./form.js";
import { notice } from "./notice.js";
import { keyOf } from "./once.js";
import { counted, isRefundable, moneyLeft, shippingLeft } from "./order-counts.js";
import { orders as own } from "./orders-words.js";
import { Refused } from "./reason.js";
import { all, call } from "./session.js";

/** What may be refunded of an order as it is. */
function fieldsOf(order) {
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
          ${editor(refunds.form, { button: own.preview, send: (value) => give(state, value, refresh), draw })}`
      : granted.length > 0
        ? nothing
        : html`<p class="small">${own.notRefundable}</p>`}
  </section>`;
}

function contents({ lines = [], shipping }) {
  return [...lines.map(({ quantity, sku }) => own.refundOf(quantity, sku)), ...(shipping ? [own.ofShipping] : [])].join(", ") || own.anAmount;
}

/** Shows what the API computes, and pays it once somebody has agreed to that. */
async function give(state, value, refresh) {
  const { way, lines, shipping, amount, reason } = /** @type {any} */ (value);
  const { order, refunds } = state;
  const { form } = refunds;
  const chosen = Object.entries(lines ?? {}).filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
  const asked = way === "amount" ? { amount } : { ...(chosen.length > 0 ? { lines: chosen } : {}), ...(shipping ? { shipping } : {}) };
  if (Object.keys(asked).length === 0) throw new Refused(own.nothingChosen);
  const body = { ...asked, reason };
  const path = { order_id: order.order_id };
  try {
    const seen = await call("POST /admin/orders/{order_id}/refunds", { path, body: { ...body, preview: true } });
    const sum = money(seen.amount);
    if (!(await ask({ title: own.sure(sum), advice: own.sureAdvice, more: breakdown(order, seen), yes: own.give(sum), danger: true }))) return;
    const granted = await call("POST /admin/orders/{order_id}/refunds", { path, idempotencyKey: keyOf(form, body), body });
    saved(form, {}, null);
    await refresh();
    notice(own.given(money(granted.amount)));
    document.querySelector("main")?.focus();
  } catch (error) {
    throw await explained(error, state, refresh);
  }
}

/** What a refund is made of, as the API has computed it. */
function breakdown(order, seen) {
  const { lines = [], shipping, reason } = seen;
  const title = (sku) => order.lines.find((line) => line.sku === sku)?.title ?? sku;
  const entry = (name, amount, tax) => html`<div><dt>${name}</dt><dd>${money(amount)}${tax ? html` <span class="small">${own.taxIncluded(money(tax))}</span>` : nothing}</dd></div>`;
  return html`<dl class="pairs">
    ${lines.map(({ sku, quantity, amount, tax }) => entry(own.refundOf(quantity, title(sku)), amount, tax))} ${shipping ? entry(own.ofShipping, shipping) : nothing}
    <div><dt>${own.reason}</dt><dd>${reason}</dd></div>
  </dl>`;
}

/** Returns a refusal with the numbers that it is about, as they are now. */
async function explained(error, state, refresh) {
  if (!isProblem(error)) return error;
  if (isProblem(error, "refund_limit")) {
    const { items } = await all("GET /admin/settings/{kind}", { path: { kind: "policy" } });
    const limit = items[0]?.staff_refund_limit;
    return limit === undefined ? error : new Refused(own.limit(money({ ...state.order.total, amount: limit })));
  }
  if (![409, 422].includes(error.status)) return error;
  const { form } = state.refunds;
  await refresh(form);
  if (isRefundable(state.order)) form.fields = fieldsOf(state.order);
  return isProblem(error, "refund_too_large") ? new Refused(own.tooLarge(money(moneyLeft(state.order)))) : error;
}

export const refunds = { begin, view };

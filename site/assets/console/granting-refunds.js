// A refund is granted: what the API computes is shown first.
import { isProblem } from "../client/index.js";
import { money } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { saved } from "./form-state.js";
import { notice } from "./notice.js";
import { keyOf } from "./once.js";
import { isRefundable, moneyLeft } from "./order-counts.js";
import { fieldsOf } from "./order-refunds.js";
import { orders as own } from "./orders-words.js";
import { Refused } from "./reason.js";
import { all, call } from "./session.js";

/** Shows what the API computes, and pays it once somebody has agreed to that. */
export async function give(state, value, refresh) {
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

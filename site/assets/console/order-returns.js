// The returns of an order: what comes back, whether the shop takes it, and what is paid for it.
import { isProblem } from "../client/index.js";
import { date, dateAndTime, money, texts } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { formOf, saved } from "./form-state.js";
import { editor } from "./form.js";
import { complain, notice } from "./notice.js";
import { keyOf } from "./once.js";
import { Refused } from "./reason.js";
import { call } from "./session.js";

const { returns: own } = await texts("console-returns");

/** What may be typed about a return as it is. */
function fieldsOf(order, { status, lines }) {
  if (status === "requested") {
    return [
      { at: "verdict", label: own.verdict, kind: "choice", options: Object.entries(own.verdicts), isShort: true },
      { at: "reason", label: own.reason, hint: own.reasonHint, most: 300, optional: true },
    ];
  }
  const pieces = (initial) => lines.map(({ sku, quantity }) => ({ at: sku, label: own.piecesOf(titleOf(order, sku), quantity), kind: "whole", most: quantity, initial: initial(quantity), isShort: true }));
  return [
    { at: "restock", label: own.restock, kind: "group", isRow: true, fields: pieces((quantity) => quantity) },
    { at: "write_off", label: own.writeOff, kind: "group", isRow: true, fields: pieces(() => 0) },
    { at: "amount", label: own.deduction, hint: own.deductionHint, kind: "money", currency: order.total.currency, optional: true, isShort: true },
    { at: "reason", label: own.reason, hint: own.deductionReason, most: 300, optional: true },
  ];
}

function titleOf(order, sku) {
  return order.lines.find((line) => line.sku === sku)?.title ?? sku;
}

/** Begins with an order as it is, or goes on with it. What is typed stays, unless the return has changed meanwhile. */
function begin(order, before = null) {
  const open = (order.returns ?? []).filter(({ status }) => ["requested", "accepted"].includes(status));
  const form = (one) => {
    const name = `return ${one.return_id} ${one.status}`;
    const kept = before?.forms[one.return_id];
    const fields = fieldsOf(order, one);
    const value = Object.fromEntries(fields.filter(({ kind }) => kind === "group").map(({ at, fields }) => [at, Object.fromEntries(fields.map(({ at, initial }) => [at, initial]))]));
    return kept?.name === name ? kept : formOf(fields, value, { name });
  };
  return { forms: Object.fromEntries(open.map((one) => [one.return_id, form(one)])) };
}

function view(state, { draw, refresh }) {
  const { order } = state;
  return html`<section class="part" aria-labelledby="returns">
    <h2 id="returns">${own.title}</h2>
    <ul class="items">${order.returns.map((one) => entry(state, one, { draw, refresh }))}</ul>
  </section>`;
}

function entry(state, one, { draw, refresh }) {
  const { order } = state;
  const { kind, status, lines, note, reason, acknowledged_at, refund_due_at, received = [], received_at, deduction } = one;
  const form = state.returns.forms[one.return_id];
  const send = status === "requested" ? decide : receive;
  const isOpen = Boolean(form);
  return html`<li class="item">
    <div class="item-fields">
      <p><strong>${own.kinds[kind] ?? kind}</strong> <span class="tag">${own.statuses[status] ?? status}</span></p>
      <ul>${lines.map(({ sku, quantity }) => html`<li>${quantity} × ${titleOf(order, sku)} <span class="small">${sku}</span></li>`)}</ul>
      ${note ? html`<p class="note">${note}</p>` : nothing}
      <p class="small">${own.asked(dateAndTime(acknowledged_at))}${isOpen ? html`<br />${own.due(date(refund_due_at))}` : nothing}</p>
      ${received_at ? html`<p class="small">${own.received(dateAndTime(received_at))} ${received.map(({ sku, restock, write_off }) => own.counted(sku, restock, write_off)).join(", ")}</p>` : nothing}
      ${deduction ? html`<p class="small">${own.deducted(money(deduction.amount))} ${deduction.reason}</p>` : nothing}
      ${reason ? html`<p class="small">${reason}</p>` : nothing}
    </div>
    ${isOpen
      ? html`<div class="row-wide">
          <h3>${status === "requested" ? own.decide : own.receive}</h3>
          ${editor(form, { button: status === "requested" ? own.decide : own.receive, send: (value) => send(state, one, form, value, refresh), draw })}
        </div>`
      : nothing}
  </li>`;
}

async function decide(state, { return_id }, form, { verdict, reason }, refresh) {
  const accepted = verdict === "yes";
  await changing(state, form, refresh, async () => {
    await call("POST /admin/returns/{return_id}/decision", { path: { return_id }, body: { accepted, ...(reason ? { reason } : {}) } });
    return own.decided[verdict];
  });
}

/** Pays the goods, once somebody has agreed to that. */
async function receive(state, { return_id, lines }, form, value, refresh) {
  const { restock = {}, write_off = {}, amount, reason } = value;
  const back = lines.map(({ sku }) => ({ sku, restock: restock[sku] ?? 0, write_off: write_off[sku] ?? 0 })).filter((line) => line.restock + line.write_off > 0);
  if (back.length === 0) throw new Refused(own.nothing);
  const tooMany = back.find((line) => line.restock + line.write_off > lines.find(({ sku }) => sku === line.sku).quantity);
  if (tooMany) throw new Refused(own.tooMany(titleOf(state.order, tooMany.sku)));
  if (amount && !reason) throw new Refused(own.deductionReason);
  const body = { lines: back, ...(amount?.amount > 0 ? { deduction: { amount, reason } } : {}) };
  if (!(await ask({ title: own.sure, advice: own.sureAdvice, yes: own.receive }))) return;
  await changing(state, form, refresh, async () => {
    const { refund_id } = await call("POST /admin/returns/{return_id}/receipt", { path: { return_id }, idempotencyKey: keyOf(form, body), body });
    return refund_id ? own.isBack : own.isBackUnpaid;
  });
}

/** Does it, and shows what has become of the order: also if somebody else was faster. */
async function changing(state, form, refresh, act) {
  try {
    const said = await act();
    saved(form, {}, null);
    await refresh();
    notice(said);
    document.querySelector("main")?.focus();
  } catch (error) {
    if (!isProblem(error) || error.status !== 409) throw error;
    await refresh();
    if (!Object.values(state.returns.forms).includes(form)) complain(error);
    throw error;
  }
}

export const returns = { begin, view };

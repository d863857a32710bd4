// Returns: a customer withdraws from the contract or has found a defect, and sees what comes of it.
import { date, dateAndTime, money, texts } from "../language.js";
import { shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";
import { postal } from "./postal.js";

const { returns: words } = await texts("returns");

/** Pieces that the customer has, and has not announced to send back. */
function left({ lines, progress = [], returns = [] }) {
  const back = returns.flatMap(({ status, lines, received = [] }) => {
    if (["requested", "accepted"].includes(status)) return lines;
    return received.map(({ sku, restock, write_off }) => ({ sku, quantity: restock + write_off }));
  });
  const sum = (list, sku, count) => list.filter((line) => line.sku === sku).reduce((sum, line) => sum + count(line), 0);
  return lines
    .map((line) => ({ ...line, left: sum(progress, line.sku, ({ shipped }) => shipped) - sum(back, line.sku, ({ quantity }) => quantity) }))
    .filter(({ left }) => left > 0);
}

/** What was sent back of an order, or is to be; and the way to send something back. */
export function returnsOf(state, attempt, draw) {
  const { order } = state;
  const { returns = [], can } = order;
  const theirs = left(order);
  const canComplain = order.status === "confirmed" && theirs.length > 0;
  if (returns.length === 0 && !can?.withdraw && !canComplain) return nothing;
  const begin = (kind) => () => {
    state.returning = { kind, note: "", pieces: Object.fromEntries(theirs.map(({ sku, left, goods }) => [sku, kind === "withdrawal" && goods?.no_withdrawal ? 0 : left])) };
    draw();
    document.getElementById("returning")?.focus();
  };
  if (returns.some(({ status }) => status === "accepted")) askWhereTo(state, draw);
  return html`<section aria-labelledby="returns">
    <h2 id="returns">${words.title}</h2>
    ${returns.length > 0 ? html`<ul class="parcels">${returns.map((one) => entry(order, one, state.sendTo))}</ul>` : nothing}
    ${state.returning
      ? form(state, theirs, attempt, draw)
      : html`${can?.withdraw
            ? html`<p class="small">${can.return_until ? words.until(dateAndTime(can.return_until)) : words.noEnd}</p>
                <p><button type="button" @click=${begin("withdrawal")}>${words.withdraw}</button></p>`
            : nothing}
          ${canComplain ? html`<p><button type="button" class="quiet" @click=${begin("defect")}>${words.defect}</button></p>` : nothing}`}
  </section>`;
}

/** Asks once where goods are sent to. The address is on the legal pages as well. */
function askWhereTo(state, draw) {
  if (state.sendTo) return;
  state.sendTo = {};
  const told = (about) => {
    state.sendTo = about.seller ?? {};
    draw();
  };
  shop.call("GET /shop").then(told, () => null);
}

function entry(order, { kind, status, lines, acknowledged_at, send_by, refund_due_at, deduction, reason }, sendTo) {
  const title = (sku) => order.lines.find((line) => line.sku === sku)?.title ?? sku;
  return html`<li>
    <p><strong>${words.kinds[kind] ?? kind}</strong> ${words.statuses[status] ?? status}</p>
    <ul>${lines.map(({ sku, quantity }) => html`<li>${quantity} × ${title(sku)}</li>`)}</ul>
    <p class="small">${words.acknowledged(dateAndTime(acknowledged_at))}</p>
    ${reason ? html`<p>${reason}</p>` : nothing}
    ${status === "accepted"
      ? html`<p>${words.sendBy(date(send_by))} ${words.paidBy(date(refund_due_at))}</p>
          ${sendTo?.address ? html`<p>${words.sendTo}</p>${postal(sendTo.address)}` : nothing}`
      : nothing}
    ${deduction ? html`<p class="small">${words.deducted(money(deduction.amount))} ${deduction.reason}</p>` : nothing}
  </li>`;
}

/** What is sent back, and the button that declares it. Nothing was declared before that is pressed. */
function form(state, theirs, attempt, draw) {
  const { order, returning } = state;
  const { kind, pieces } = returning;
  const isWithdrawal = kind === "withdrawal";
  const give = (event) => {
    event.preventDefault();
    const lines = Object.entries(pieces).filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
    const note = returning.note.trim();
    attempt(async () => {
      const body = /** @type {any} */ ({ kind, confirm: true, ...(lines.length > 0 ? { lines } : {}), ...(note ? { note } : {}) });
      await shop.call("POST /orders/{order_id}/returns", { path: { order_id: order.order_id }, body });
      const path = { order_id: order.order_id };
      state.order = await shop.call("GET /orders/{order_id}", { path, query: { expand: "shipments,invoices,timeline" } });
      state.returning = null;
    });
  };
  const stop = () => {
    state.returning = null;
    draw();
  };
  const choose = (sku) => (event) => {
    pieces[sku] = Number(event.target.value);
    draw();
  };
  const isNothing = theirs.length > 0 && Object.values(pieces).every((quantity) => quantity === 0);
  return html`<form class="fields" id="returning" tabindex="-1" aria-label=${isWithdrawal ? words.withdraw : words.defect} @submit=${give}>
    <p>${isWithdrawal ? words.declaration(order.number ?? order.order_id) : words.defectAdvice}</p>
    ${theirs.map(({ sku, title, left, goods }) => {
      const isExempt = isWithdrawal && goods?.no_withdrawal;
      return html`<div class="field">
        <label for=${`return-${sku}`}>${title}</label>
        <select id=${`return-${sku}`} ?disabled=${isExempt} @change=${choose(sku)}>
          ${Array.from({ length: left + 1 }, (_, count) => html`<option value=${count} ?selected=${count === pieces[sku]}>${count}</option>`)}
        </select>
        ${isExempt ? html`<span class="small">${words.exempt}</span>` : nothing}
      </div>`;
    })}
    ${theirs.length === 0 ? html`<p>${words.notShipped}</p>` : nothing}
    <div class="field">
      <label for="return-note">${isWithdrawal ? words.note : words.what}</label>
      <textarea id="return-note" maxlength="500" rows="3" ?required=${!isWithdrawal} .value=${returning.note} @input=${(event) => (returning.note = event.target.value)}></textarea>
    </div>
    <p class="buttons">
      <button type="submit" ?disabled=${state.busy || isNothing}>${isWithdrawal ? words.confirm : words.report}</button>
      <button type="button" class="quiet" @click=${stop}>${words.stop}</button>
    </p>
  </form>`;
}

// Withdrawals that were declared without signing in, of which no order is known or that could not be carried out.
import { date, dateAndTime, texts } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { formOf } from "./form-state.js";
import { editor } from "./form.js";
import { notice } from "./notice.js";
import { call } from "./session.js";

const { statements: own } = await texts("console-statements");

const FIELDS = [
  { at: "done", label: own.done, kind: "choice", options: Object.entries(own.verdicts), isShort: true },
  { at: "reason", label: own.reason, most: 300, optional: true },
];

/** What is known of each beyond the list: who has declared it, once somebody asks, and the form that closes it. */
const known = new Map();

export function row(statement, { draw, reload }) {
  const { statement_id, order_number, lines = [], received_at, due_at, assigned_to, refused_because } = statement;
  if (!known.has(statement_id)) known.set(statement_id, { person: null, form: null });
  const state = known.get(statement_id);
  const ask = async () => {
    const { items } = await call("GET /admin/users", { query: { user_id: statement.user_id } });
    state.person = items[0] ?? {};
    state.form = formOf(FIELDS, { done: "yes" }, { name: `statement ${statement_id}` });
    draw();
  };
  const close = async ({ done, reason }) => {
    const body = { accepted: done === "yes", ...(reason ? { reason } : {}) };
    await call("POST /admin/returns/{return_id}/decision", { path: { return_id: statement_id }, body });
    notice(own.closed);
    await reload();
  };
  return html`<li class="row">
    <span class="row-main">
      <strong>${assigned_to ? html`<a href=${`/console/orders/${assigned_to}`}>${order_number}</a>` : order_number}</strong>
      <span class="small">${own.received(dateAndTime(received_at))} · ${lines.length > 0 ? lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ") : own.all}</span>
      ${refused_because ? html`<span class="small">${own.refused(own.reasons[refused_because] ?? refused_because)}</span>` : nothing}
    </span>
    <span class="row-side"><span class="small">${own.due(date(due_at))}</span></span>
    <span class="tag">${own.tag}</span>
    ${state.form
      ? html`<div class="row-wide">
          ${state.person.email ? html`<p>${state.person.name}, <a href=${`/console/orders?q=${encodeURIComponent(state.person.email)}`}>${state.person.email}</a></p>` : html`<p>${own.gone}</p>`}
          <p class="small">${own.advice}</p>
          ${editor(state.form, { button: own.close, send: close, draw })}
        </div>`
      : html`<p class="row-wide"><button type="button" class="quiet" @click=${ask}>${own.look}<span class="hidden"> – ${order_number}</span></button></p>`}
  </li>`;
}

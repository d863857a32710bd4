// The parcels of an order: those that were shipped, and the next one.
import { isProblem } from "../client/index.js";
import { dateAndTime } from "../language.js";
import { keep, recall } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { formOf, saved } from "./form-state.js";
import { editor } from "./form.js";
import { complain, notice } from "./notice.js";
import { keyOf } from "./once.js";
import { linesLeft, pieces, piecesLeft } from "./order-counts.js";
import { pathOf } from "./order-row.js";
import { orders as own } from "./orders-words.js";
import { Refused } from "./reason.js";
import { call, matching } from "./session.js";
import { words } from "./words.js";

/** The carrier of the last parcel, which is likely the next one's. */
const CARRIER = "bodega.console.carrier";

const tracking = [
  { at: "tracking_number", label: own.trackingNumber, most: 80, optional: true, isCode: true },
  { at: "tracking_url", label: own.trackingUrl, hint: own.trackingUrlHint, kind: "https", most: 500, optional: true, type: "url" },
];
const carrier = { at: "carrier", label: own.carrier, most: 80, isShort: true };

/** A parcel's form. The time of arrival can be corrected once there is one. */
function editForm(parcel) {
  const fields = [carrier, ...tracking, ...(parcel.delivered_at ? [{ at: "delivered_at", label: own.deliveredAt, kind: "moment", isShort: true }] : [])];
  return formOf(fields, parcel, { name: `parcel ${parcel.shipment_id}`, tag: tagOf(parcel) });
}

function tagOf({ version }) {
  return `"${version}"`;
}

/** The form of the next parcel: everything that is left. What was typed is of an order that was shipped this far. */
function shipForm(order) {
  const left = linesLeft(order);
  const inner = left.map(({ sku, title, left, refunded }) => ({ at: sku, label: own.whatLeft(title, left, refunded), kind: "whole", most: left, isShort: true }));
  const value = { lines: Object.fromEntries(left.map(({ sku, left }) => [sku, left])), carrier: recall(CARRIER) ?? undefined };
  const fields = [{ at: "lines", label: own.contents, kind: "group", isRow: true, fields: inner }, carrier, ...tracking];
  return formOf(fields, value, { name: `parcel of ${order.order_id} ${piecesLeft(order)}` });
}

/** Begins with an order as it is, or goes on with it. The next parcel's form stays if nothing was shipped meanwhile. */
function begin(order, before = null) {
  const edits = Object.fromEntries((order.shipments ?? []).map((parcel) => [parcel.shipment_id, continued(before?.edits[parcel.shipment_id], parcel)]));
  const next = piecesLeft(order) > 0 ? shipForm(order) : null;
  // Some of what is left may have been refunded meanwhile, which its labels say.
  return { edits, next: before?.next && next && before.next.name === next.name ? Object.assign(before.next, { fields: next.fields }) : next };
}

/** Keeps the form of a parcel that has not changed, with what is typed into it. */
function continued(form, parcel) {
  return form?.tag === tagOf(parcel) ? form : editForm(parcel);
}

function view(state, { draw, refresh }) {
  const { order } = state;
  const { shipments = [] } = order;
  return html`<section class="part" aria-labelledby="parcels">
    <h2 id="parcels">${own.parcels}</h2>
    ${shipments.length > 0 ? html`<ul class="items">${shipments.map((parcel) => one(state, parcel, { draw, refresh }))}</ul>` : html`<p class="small">${own.noParcels}</p>`}
    ${state.parcels.next
      ? html`<h3 id="ship">${own.ship}</h3>
          <p class="small">${own.shipAdvice} <a href=${`${pathOf(order)}?slip=left`}>${own.slipLeft}</a></p>
          ${editor(state.parcels.next, { button: own.ship, send: (value) => ship(state, value, refresh), draw })}`
      : html`<p class="small">${nothingLeft(order)}</p>`}
  </section>`;
}

/** Says why nothing of an order is to be shipped. */
export function nothingLeft({ status }) {
  if (status === "confirmed") return own.allShipped;
  return ["awaiting_payment", "payment_failed"].includes(status) ? own.notPaid : own.ended;
}

async function ship(state, value, refresh) {
  const { order, parcels } = state;
  const { lines: typed, ...about } = /** @type {any} */ (value);
  const lines = Object.entries(typed ?? {}).filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
  if (lines.length === 0) throw new Refused(own.empty);
  const form = parcels.next;
  const body = { lines, ...about, ...form.consent };
  try {
    const send = (body) => call("POST /admin/orders/{order_id}/shipments", { path: { order_id: order.order_id }, idempotencyKey: keyOf(form, body), body });
    const parcel = await send(body).catch(async (error) => {
      const isSure = isProblem(error, "payment_disputed") && (await ask({ title: own.disputedTitle, advice: own.disputedAdvice, yes: own.shipAnyway, danger: true }));
      if (!isSure) throw error;
      // If no reply comes and the button is pressed again, the same is sent, so that it has its effect once.
      form.consent = { although_disputed: true };
      return send({ ...body, ...form.consent });
    });
    keep(CARRIER, parcel.carrier);
    saved(form, {}, null);
    await refresh();
    notice(own.shippedNow(own.pieces(pieces(parcel.lines)), parcel.carrier));
    document.querySelector("main")?.focus();
  } catch (error) {
    // Somebody else has shipped a part, or the order has ended: what is shown is to be what is.
    if (isProblem(error) && [409, 422].includes(error.status)) await refresh();
    if (state.parcels.next !== form) complain(error);
    throw error;
  }
}

function one(state, parcel, { draw, refresh }) {
  const { order, parcels } = state;
  const { shipment_id, carrier, tracking_number, tracking_url, lines, shipped_at, delivered_at } = parcel;
  const path = { order_id: order.order_id, shipment_id };
  const content = lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(", ");
  const form = parcels.edits[shipment_id];
  const change = (body, tag) => call("PATCH /admin/orders/{order_id}/shipments/{shipment_id}", { path, headers: matching(tag), body });
  const arrive = async () => {
    if (!(await ask({ title: own.arriveTitle, advice: own.arriveAdvice(content), yes: own.hasArrived }))) return;
    try {
      await change({ delivered_at: new Date(Math.max(state.now(), Date.parse(shipped_at))).toISOString() }, tagOf(parcel));
      await refresh();
      notice(own.arriveDone);
    } catch (error) {
      if (isProblem(error, "version_mismatch")) {
        await refresh();
        complain(new Refused(own.faster));
      } else complain(error);
    }
    document.querySelector("main")?.focus();
  };
  const edit = async (value, changed) => {
    const pick = (from) => Object.fromEntries(changed.map((at) => [at, from[at] ?? null]));
    const after = await change(pick(value), form.tag);
    saved(form, after, tagOf(after));
    await refresh();
    const isUndoable = !changed.includes("delivered_at");
    notice(own.edited, isUndoable ? () => change(pick(parcel), tagOf(after)).then(refresh) : null);
  };
  const reread = async () => {
    await refresh(form);
    const value = state.order.shipments.find((one) => one.shipment_id === shipment_id);
    return { value, tag: tagOf(value) };
  };
  return html`<li class="item parcel">
    <div class="item-fields">
      <p>
        <strong>${carrier}</strong>${tracking_number ? html` <code>${tracking_number}</code>` : nothing}
        ${tracking_url ? html`<a href=${tracking_url} rel="noopener noreferrer" target="_blank">${own.track}</a>` : nothing}
      </p>
      <ul>${lines.map(({ quantity, title, sku }) => html`<li>${quantity} × ${title} <span class="small">${sku}</span></li>`)}</ul>
      <p class="small">${own.sent(dateAndTime(shipped_at))}${delivered_at ? html`<br />${own.arrivedAt(dateAndTime(delivered_at))}` : nothing}</p>
    </div>
    <p class="buttons">
      ${delivered_at ? nothing : html`<button type="button" class="quiet" @click=${arrive}>${own.hasArrived}<span class="hidden"> – ${content}</span></button>`}
      <a href=${`${pathOf(order)}?slip=${shipment_id}`}>${own.slip}<span class="hidden"> – ${content}</span></a>
    </p>
    <details class="row-wide" ?open=${form.isRestored}>
      <summary>${own.edit}<span class="hidden"> – ${content}</span></summary>
      ${editor(form, { button: words.save, send: edit, reread, draw })}
    </details>
  </li>`;
}

export const parcels = { begin, view };

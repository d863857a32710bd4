// What happened to an order, what the staff note about it, and its cancellation, whole or in part. It is loaded once somebody asks for it.
import { timeline } from "../parts/timeline.js";
import { html, nothing } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { formOf, saved } from "./form-state.js";
import { editor } from "./form.js";
import { complain, notice } from "./notice.js";
import { keyOf } from "./once.js";
import { linesLeft, piecesLeft } from "./order-counts.js";
import { orders as own } from "./orders-words.js";
import { Refused } from "./reason.js";
import { call } from "./session.js";

/** What is typed stays, whatever happens to the order meanwhile. */
const forms = {};

function begin(order) {
  const { order_id } = order;
  const reason = { at: "reason", label: own.reason, hint: own.reasonHint, most: 300, list: "refund-reasons" };
  forms.note ??= formOf(
    [
      { at: "text", label: own.noteText, kind: "area", most: 2000 },
      { at: "public", label: own.notePublic, hint: own.notePublicHint, kind: "check" },
    ],
    {},
    { name: `note on ${order_id}` },
  );
  forms.cancel ??= formOf([{ ...reason, optional: true }], {}, { name: `cancellation of ${order_id}` });
  // What was typed is of an order of which this much was left.
  const name = `cancelled pieces of ${order_id} ${piecesLeft(order)}`;
  if (forms.pieces?.name === name) return;
  const inner = linesLeft(order).map(({ sku, title, left, refunded }) => ({ at: sku, label: own.whatLeft(title, left, refunded), kind: "whole", most: left, initial: 0, isShort: true }));
  forms.pieces = formOf([{ at: "lines", label: own.piecesNot, kind: "group", isRow: true, fields: inner }, reason], {}, { name });
}

export function desk({ order }, { draw, refresh }) {
  begin(order);
  const path = { order_id: order.order_id };
  const add = async (value) => {
    const { text, public: isPublic = false } = /** @type {any} */ (value);
    const body = { text, public: isPublic };
    await call("POST /admin/orders/{order_id}/notes", { path, idempotencyKey: keyOf(forms.note, body), body });
    saved(forms.note, {}, null);
    await refresh();
    notice(isPublic ? own.notedAndMailed : own.noted);
  };
  const cancel = async (value) => {
    if (!(await ask({ title: own.cancelSure, advice: own.cancelAdvice, yes: own.cancel, danger: true }))) return;
    await call("POST /orders/{order_id}/cancellation", { path, body: /** @type {any} */ (value), repeatable: true });
    saved(forms.cancel, {}, null);
    await refresh();
    notice(own.cancelDone);
    document.querySelector("main")?.focus();
  };
  const cancelPieces = async (value) => {
    const { lines: typed, reason } = /** @type {any} */ (value);
    const lines = Object.entries(typed ?? {}).filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
    if (lines.length === 0) throw new Refused(own.nothingCancelled);
    if (!(await ask({ title: own.cancelPieces, advice: own.cancelPiecesAdvice, yes: own.cancelPieces, danger: true }))) return;
    const body = { lines, reason };
    await call("POST /admin/orders/{order_id}/cancellations", { path, idempotencyKey: keyOf(forms.pieces, body), body });
    saved(forms.pieces, {}, null);
    await refresh();
    notice(own.piecesCancelled);
    document.querySelector("main")?.focus();
  };
  const resend = async () => {
    try {
      await call("POST /orders/{order_id}/confirmation", { path });
      notice(own.mailedAgain);
    } catch (error) {
      complain(error);
    }
  };
  return html`<section class="part" aria-labelledby="history">
      <h2 id="history">${own.history}</h2>
      ${timeline(order, true)}
      <p><button type="button" class="quiet" @click=${resend}>${own.mailAgain}</button></p>
      <h3>${own.addNote}</h3>
      ${editor(forms.note, { button: own.addNote, send: add, draw })}
    </section>
    ${piecesLeft(order) > 0
      ? html`<section class="part" aria-labelledby="cancel-pieces">
          <h2 id="cancel-pieces">${own.cancelPieces}</h2>
          <p class="small">${own.cancelPiecesAdvice}</p>
          ${editor(forms.pieces, { button: own.cancelPieces, send: cancelPieces, draw, danger: true })}
        </section>`
      : nothing}
    ${order.can?.cancel
      ? html`<section class="part" aria-labelledby="cancellation">
          <h2 id="cancellation">${own.cancel}</h2>
          <p class="small">${own.cancelAdvice}</p>
          ${editor(forms.cancel, { button: own.cancel, send: cancel, draw, danger: true })}
        </section>`
      : nothing}`;
}

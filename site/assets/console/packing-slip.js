// What lies in a parcel, for whoever packs and whoever opens it: an address, what is in it, and no prices.
import { date } from "../language.js";
import { postal } from "../parts/postal.js";
import { html, nothing } from "../vendor/lit-html.js";
import { linesLeft, pieces } from "./order-counts.js";
import { nothingLeft } from "./order-parcels.js";
import { nameOf, pathOf } from "./order-row.js";
import { orders as own } from "./orders-words.js";

/** Returns the slip of a parcel, or of what is left to ship. */
export function packingSlip(order, seller, which) {
  const parcel = (order.shipments ?? []).find(({ shipment_id }) => shipment_id === which);
  const lines = parcel ? parcel.lines : which === "left" ? linesLeft(order) : [];
  const back = html`<nav class="trail" aria-label=${own.trail}><ol><li><a href=${pathOf(order)}>${own.back}</a></li></ol></nav>`;
  if (lines.length === 0) return html`${back}<section class="state"><h1>${own.slip}</h1><p>${which === "left" ? nothingLeft(order) : own.noSuchParcel}</p></section>`;
  return html`<div class="slip-tools">${back} <button type="button" @click=${() => window.print()}>${own.print}</button></div>
    <article class="slip">
      <header>
        <h1>${own.slip}</h1>
        <p>${own.order(nameOf(order))}<br />${own.ordered_on(date(order.placed_at))}</p>
      </header>
      <div class="slip-ends">
        <section aria-labelledby="slip-to"><h2 id="slip-to">${own.recipient}</h2>${postal(order.shipping_address)}</section>
        ${seller ? html`<section aria-labelledby="slip-from"><h2 id="slip-from">${own.sender}</h2>${postal({ name: seller.name, ...seller.address })}</section>` : nothing}
      </div>
      ${parcel ? html`<p>${parcel.carrier}${parcel.tracking_number ? html`, <code>${parcel.tracking_number}</code>` : nothing} · ${date(parcel.shipped_at)}</p>` : nothing}
      <table class="table">
        <caption class="hidden">${own.contents}</caption>
        <thead><tr><th scope="col" class="amount">${own.quantity}</th><th scope="col">${own.article}</th><th scope="col">SKU</th></tr></thead>
        <tbody>${lines.map(({ quantity, title, sku }) => html`<tr><td class="amount">${quantity}</td><th scope="row" class="long">${title}</th><td>${sku}</td></tr>`)}</tbody>
        <tfoot><tr><td class="amount">${pieces(lines)}</td><th scope="row" colspan="2">${own.total}</th></tr></tfoot>
      </table>
      ${order.note ? html`<section aria-labelledby="slip-note"><h2 id="slip-note">${own.note}</h2><p class="note">${order.note}</p></section>` : nothing}
    </article>`;
}

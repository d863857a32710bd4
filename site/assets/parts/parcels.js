// What of an order is on its way.
import { dateAndTime, text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";

/** How far an order is, in a few words. */
export function standing({ status, fulfillment_status }) {
  const onItsWay = status === "confirmed" ? text.order.fulfillment[fulfillment_status] : undefined;
  return onItsWay ?? text.order.statuses[status] ?? status;
}

/** The parcels of an order. */
export function parcels(shipments) {
  return html`<section aria-labelledby="parcels">
    <h2 id="parcels">${text.order.parcels}</h2>
    <ul class="parcels">
      ${shipments.map(
        (parcel) => html`<li>
          <p>
            ${parcel.carrier}${parcel.tracking_number ? html`, <code>${parcel.tracking_number}</code>` : nothing}
            ${parcel.tracking_url
              ? html`<a href=${parcel.tracking_url} rel="noopener noreferrer" target="_blank">${text.order.track}</a>`
              : nothing}
          </p>
          <ul>
            ${parcel.lines.map(({ quantity, title }) => html`<li>${quantity} × ${title}</li>`)}
          </ul>
          <p class="small">
            ${parcel.delivered_at ? text.order.arrived(dateAndTime(parcel.delivered_at)) : text.order.sent(dateAndTime(parcel.shipped_at))}
          </p>
        </li>`,
      )}
    </ul>
  </section>`;
}

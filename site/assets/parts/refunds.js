// What of an order's money went back.
import { date, money, text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";

/** The refunds of an order. */
export function refunded(refunds) {
  return html`<section aria-labelledby="refunds">
    <h2 id="refunds">${text.order.refunds}</h2>
    <ul class="parcels">
      ${refunds.map(
        ({ amount, status, reason, requested_at }) => html`<li>
          <p><strong>${money(amount)}</strong> ${text.order.refundStatuses[status] ?? nothing}</p>
          <p class="small">${date(requested_at)}${reason ? html` · ${reason}` : nothing}</p>
        </li>`,
      )}
    </ul>
  </section>`;
}

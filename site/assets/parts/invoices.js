// The invoices and credit notes of an order, each a file that prints well. `call` sends requests as whoever looks at them.
import { date, language, money, text } from "../language.js";
import { html } from "../vendor/lit-html.js";
import { download } from "./download.js";

/** The documents of an order, and `failed` for what goes wrong as one is saved. */
export function invoices({ order_id, invoices }, call, failed) {
  const save = (number) => async () => {
    try {
      const page = await call("GET /orders/{order_id}/invoices/{number}", { path: { order_id, number }, query: { locale: language }, asPage: true });
      download(`${number}.html`, "text/html", [page]);
    } catch (error) {
      failed(error);
    }
  };
  return html`<h2 id="invoices">${text.order.invoices}</h2>
    <ul class="parcels">
      ${invoices.map(
        ({ number, kind, issued_at, total }) => html`<li>
          <p><button type="button" class="quiet" @click=${save(number)}>${text.order.documents[kind] ?? kind} ${number}</button></p>
          <p class="small">${date(issued_at)} · ${kind === "credit_note" ? "−" : ""}${money(total)}</p>
        </li>`,
      )}
    </ul>`;
}

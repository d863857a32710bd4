import { isProblem } from "../client/index.js";
import { dateAndTime, money, text } from "../language.js";
import { page, reason } from "../page.js";
import { postal } from "../parts/postal.js";
import { shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const order_id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
/** How often an order that is not paid is looked at, in milliseconds, and how many times. */
const PAUSE = 2_000;
const LOOKS = 60;

async function load() {
  const order = await shop.call("GET /orders/{order_id}", { path: { order_id } });
  return { order, payment: await payment(order), problem: null, busy: false, looks: 0 };
}

/** The payment begins a moment after the order. */
async function payment({ payment_id }) {
  try {
    return await shop.call("GET /payments/{payment_id}", { path: { payment_id } });
  } catch (error) {
    if (isProblem(error) && error.status !== 401) return null;
    throw error;
  }
}

function view(state, { draw }) {
  const { order } = state;
  watch(state, draw);
  const cancel = async () => {
    if (!confirm(text.order.sure)) return;
    Object.assign(state, { busy: true, problem: null });
    draw();
    try {
      state.order = await shop.call("POST /orders/{order_id}/cancellation", { path: { order_id }, repeatable: true });
    } catch (error) {
      state.problem = reason(error);
    }
    state.busy = false;
    draw();
  };
  return html`
    <div class="title">
      <nav class="trail" aria-label=${text.trail}>
        <ol>
          <li><a href="/account/orders">${text.account.orders}</a></li>
        </ol>
      </nav>
      <h1>${text.order.title}</h1>
      <p class="small"><code>${order.order_id}</code></p>
    </div>
    <div class="order">
      <section aria-labelledby="state">
        <h2 id="state">${text.order.statuses[order.status] ?? order.status}</h2>
        <p role="status">${advice(state)}</p>
        ${timeline(order)}
        ${order.status === "awaiting_payment"
          ? html`<p><button type="button" class="danger" ?disabled=${state.busy} @click=${cancel}>${text.order.cancel}</button></p>`
          : nothing}
        ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
      </section>
      <section aria-labelledby="lines">
        <h2 id="lines">${text.order.lines}</h2>
        ${lines(order)}
      </section>
      <section aria-labelledby="address">
        <h2 id="address">${text.order.address}</h2>
        ${postal(order.shipping_address)}
      </section>
    </div>
  `;
}

/** Looks again, as long as somebody looks at the page and the payment is open. */
function watch(state, draw) {
  if (state.order.status !== "awaiting_payment" || state.looks >= LOOKS || state.isWatched) return;
  state.isWatched = true;
  setTimeout(async () => {
    state.isWatched = false;
    state.looks += 1;
    if (!document.hidden) {
      try {
        const next = await load();
        Object.assign(state, { order: next.order, payment: next.payment });
      } catch {
        // The next look may have more luck, and until then the page is as it was.
      }
    }
    draw();
  }, PAUSE);
}

function advice({ order, payment }) {
  if (payment?.decline_code) return text.order.declined[payment.decline_code] ?? text.order.declined.generic_decline;
  if (order.status === "awaiting_payment") return text.order.heldUntil(dateAndTime(order.held_until));
  return text.order.payments[order.payment_status] ?? "";
}

function timeline({ status, payment_status, placed_at, updated_at }) {
  const isPaid = ["captured", "refunded", "refund_failed"].includes(payment_status);
  const steps = [[text.order.placed, placed_at], isPaid ? [text.order.paid, status === "confirmed" ? updated_at : null] : null];
  if (["cancelled", "expired", "payment_failed"].includes(status)) steps.push([text.order.statuses[status], updated_at]);
  if (payment_status === "refunded") steps.push([text.order.payments.refunded, null]);
  return html`<ol class="timeline">
    ${steps.filter(Boolean).map(
      ([what, when]) => html`<li>
        <span>${what}</span>
        ${when ? html`<time datetime=${when}>${dateAndTime(when)}</time>` : nothing}
      </li>`,
    )}
  </ol>`;
}

function lines({ lines, total, tax }) {
  return html`<table class="lines">
    <caption class="hidden">${text.order.lines}</caption>
    <thead>
      <tr>
        <th scope="col">${text.order.article}</th>
        <th scope="col">${text.order.quantity}</th>
        <th scope="col" class="amount">${text.order.sum}</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        (line) => html`<tr>
          <th scope="row">${line.title}<span class="small">${money(line.unit_price)}</span></th>
          <td>${line.quantity}</td>
          <td class="amount">${money(line.total)}</td>
        </tr>`,
      )}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row" colspan="2">${text.order.total}<span class="small">${text.order.tax(money(tax))}</span></th>
        <td class="amount">${money(total)}</td>
      </tr>
    </tfoot>
  </table>`;
}

await page({ title: text.order.title, load, view, account: true });

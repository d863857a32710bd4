import { isProblem } from "../client/index.js";
import { before, dateAndTime, money, text } from "../language.js";
import { page, reason } from "../page.js";
import { CardIncomplete } from "../parts/card.js";
import { invoices } from "../parts/invoices.js";
import { parcels, standing } from "../parts/parcels.js";
import { asksForConfirmation, paying, toTheBank, wasJustPlaced } from "../parts/paying.js";
import { postal } from "../parts/postal.js";
import { refunded } from "../parts/refunds.js";
import { timeline } from "../parts/timeline.js";
import { isSignedIn, shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const order_id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
/** How often an order that is not paid is looked at, in milliseconds: at first every moment. */
const PAUSES = [250, 2_000];
const QUICK_LOOKS = 12;
const LOOKS = 70;

// A customer who comes back from the bank has the payment gateway's secret of the payment in the address.
if (location.search) history.replaceState(null, "", location.pathname);

async function load() {
  const order = await shop.call("GET /orders/{order_id}", { path: { order_id }, query: { expand: "shipments,invoices,timeline" } });
  // Of an order that is not paid, nothing is returned.
  const returns = order.can?.pay ? null : await import("../parts/returns.js");
  return { order, returnsOf: returns?.returnsOf, payment: await payment(order), problem: null, busy: false, looks: 0, card: null, isNew: wasJustPlaced(order_id) };
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
  const attempt = async (work) => {
    if (state.busy) return;
    Object.assign(state, { busy: true, problem: null });
    draw();
    try {
      await work();
    } catch (error) {
      state.problem = error instanceof CardIncomplete ? error.message : reason(error);
    }
    state.busy = false;
    draw();
  };
  const paid = () => Object.assign(state, { card: null, looks: 0, isNew: true, order: { ...order, status: "awaiting_payment", payment_status: "pending" } });
  watch(state, draw);
  if (state.isNew && asksForConfirmation(order)) {
    state.isNew = false;
    queueMicrotask(() => attempt(() => toTheBank(order)));
  }
  const failed = (error) => {
    state.problem = reason(error);
    draw();
  };
  const cancel = () =>
    confirm(text.order.sure) &&
    attempt(async () => {
      await shop.call("POST /orders/{order_id}/cancellation", { path: { order_id }, repeatable: true });
      state.order = (await load()).order;
    });
  const mail = () =>
    attempt(async () => {
      await shop.call("POST /orders/{order_id}/confirmation", { path: { order_id } });
      state.isMailed = true;
    });
  return html`
    <div class="title">
      ${isSignedIn()
        ? html`<nav class="trail" aria-label=${text.trail}>
            <ol>
              <li><a href="/account/orders">${text.account.orders}</a></li>
            </ol>
          </nav>`
        : nothing}
      <h1>${text.order.title}</h1>
      <p class="small"><code>${order.number ?? order.order_id}</code></p>
    </div>
    <div class="order">
      <section aria-labelledby="state">
        <h2 id="state">${standing(order)}</h2>
        <p role="status">${advice(state)}</p>
        ${paying(state, attempt, paid, draw)} ${timeline(order)}
        ${order.can?.cancel
          ? html`<p><button type="button" class="danger" ?disabled=${state.busy} @click=${cancel}>${text.order.cancel}</button></p>`
          : nothing}
        ${state.isMailed ? html`<p class="small" role="status">${text.order.mailed}</p>` : html`<p><button type="button" class="link" ?disabled=${state.busy} @click=${mail}>${text.order.mailAgain}</button></p>`}
        ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
      </section>
      ${order.shipments?.length ? parcels(order.shipments) : nothing} ${order.refunds?.length ? refunded(order.refunds) : nothing}
      ${state.returnsOf?.(state, attempt, draw) ?? nothing}
      ${order.invoices?.length ? html`<section aria-labelledby="invoices">${invoices(order, shop.call.bind(shop), failed)}</section>` : nothing}
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
  if (!state.order.can?.pay || state.card || state.looks >= LOOKS || state.isWatched) return;
  state.isWatched = true;
  setTimeout(async () => {
    state.isWatched = false;
    state.looks += 1;
    if (!document.hidden) {
      try {
        const next = await load();
        Object.assign(state, { order: next.order, payment: next.payment, returnsOf: next.returnsOf });
      } catch {
        // The next look may have more luck, and until then the page is as it was.
      }
    }
    draw();
  }, PAUSES[state.looks < QUICK_LOOKS ? 0 : 1]);
}

function advice({ order, payment }) {
  const until = dateAndTime(order.held_until);
  if (order.payment_status === "failed") {
    const declined = text.order.declined[payment?.decline_code] ?? text.order.declined.generic_decline;
    return order.can?.pay ? `${declined} ${text.order.keptUntil(until)}` : declined;
  }
  if (asksForConfirmation(order)) return text.order.confirmUntil(until);
  if (order.status === "awaiting_payment") return text.order.heldUntil(until);
  const { payments } = text.order;
  return payments[order.payment_state] ?? payments[order.payment_status] ?? "";
}

function lines({ lines, discounts = [], shipping, total, tax, tax_added = false, not_captured }) {
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
          <td class="amount">${money(before(line))}</td>
        </tr>`,
      )}
    </tbody>
    <tfoot>
      ${discounts.map(({ code, amount }) => sum(code, `−${money(amount)}`))}
      ${shipping ? sum(text.checkout.shipping, before(shipping).amount === 0 ? text.checkout.free : money(before(shipping))) : nothing}
      ${tax_added ? sum(text.checkout.tax, money(tax)) : nothing}
      <tr class="lines-total">
        <th scope="row" colspan="2">${text.order.total}${tax_added ? nothing : html`<span class="small">${text.order.tax(money(tax))}</span>`}</th>
        <td class="amount">${money(total)}</td>
      </tr>
      ${not_captured ? sum(text.order.notCaptured, `−${money(not_captured)}`) : nothing}
    </tfoot>
  </table>`;
}

function sum(what, amount) {
  return html`<tr>
    <th scope="row" colspan="2">${what}</th>
    <td class="amount">${amount}</td>
  </tr>`;
}

await page({ title: text.order.title, load, view, session: true });

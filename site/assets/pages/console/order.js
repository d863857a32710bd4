// An order: what was ordered and by whom, its parcels and its refunds; or the slip that is packed with a parcel.
import { screen } from "../../console/frame.js";
import { complain } from "../../console/notice.js";
import { orderLines } from "../../console/order-lines.js";
import { parcels } from "../../console/order-parcels.js";
import { refunds } from "../../console/order-refunds.js";
import { moneyTag, nameOf, stateTag } from "../../console/order-row.js";
import { orders as own } from "../../console/orders-words.js";
import { call, send } from "../../console/session.js";
import { words } from "../../console/words.js";
import { dateAndTime } from "../../language.js";
import { invoices } from "../../parts/invoices.js";
import { postal } from "../../parts/postal.js";
import { html, nothing } from "../../vendor/lit-html.js";

const order_id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
const slip = new URLSearchParams(location.search).get("slip");
/** How long a refund that was granted is looked after, which takes a moment, in milliseconds. */
const PAUSE = 1_000;
const LOOKS = 30;

/** Reads the order, with what happened to it if somebody has asked for that. */
async function read(desk = null) {
  const expand = `user,shipments,invoices${desk ? ",timeline" : ""}`;
  const { body, headers } = await send("GET /orders/{order_id}", { path: { order_id }, query: { expand } });
  return { order: body, ahead: Date.parse(headers.get("date") ?? "") - Date.now() || 0 };
}

async function load() {
  const [{ order, ahead }, about, packing] = await Promise.all([read(), slip ? call("GET /shop") : null, slip ? import("../../console/packing-slip.js") : null]);
  // Few orders have returns.
  const back = (order.returns ?? []).length > 0 ? (await import("../../console/order-returns.js")).returns : null;
  // A parcel has not arrived in the future, by the clock of whoever is asked.
  return { order, slip: packing?.packingSlip(order, about?.seller, slip), now: () => Date.now() + ahead, parcels: parcels.begin(order), refunds: refunds.begin(order), back, returns: back?.begin(order), desk: null, looks: 0 };
}

function view(state, { draw }) {
  if (state.slip) return state.slip;
  const { order } = state;
  /** Reads the order again. A form that is being sent stays, whatever has become of what it is about. */
  const refresh = async (kept = null) => {
    const { order } = await read(state.desk);
    const before = { parcels: state.parcels, refunds: state.refunds, returns: state.returns };
    Object.assign(state, { order, parcels: parcels.begin(order, before.parcels), refunds: refunds.begin(order, before.refunds), returns: state.back?.begin(order, before.returns) });
    if (kept && kept === before.refunds.form) state.refunds.form = kept;
    for (const [id, form] of Object.entries(before.parcels.edits)) if (form === kept) state.parcels.edits[id] = form;
    draw();
  };
  watch(state, refresh);
  const open = async () => {
    try {
      state.desk = (await import("../../console/order-desk.js")).desk;
      await refresh();
      document.getElementById("history")?.scrollIntoView();
    } catch (error) {
      complain(error);
    }
  };
  return html`<nav class="trail" aria-label=${own.trail}>
      <ol><li><a href="/console/orders">${words.pages.orders}</a></li></ol>
    </nav>
    <div class="page-head">
      <h1>${own.order(nameOf(order))}</h1>
      <p class="page-actions">${stateTag(order)} ${moneyTag(order)}</p>
    </div>
    <p class="small">${own.placed(dateAndTime(order.placed_at))} · <code>${order.order_id}</code></p>
    ${people(order)} ${orderLines(order)} ${state.back?.view(state, { draw, refresh }) ?? nothing} ${parcels.view(state, { draw, refresh })} ${refunds.view(state, { draw, refresh })}
    ${order.invoices?.length ? html`<section class="part" aria-labelledby="invoices">${invoices(order, call, complain)}</section>` : nothing}
    ${state.desk?.(state, { draw, refresh }) ?? html`<p><button type="button" class="quiet" @click=${open}>${own.history}</button></p>`}`;
}

function people(order) {
  const { user, user_id, shipping_address, billing_address, note } = order;
  return html`<div class="cards">
    <section class="card-box" aria-labelledby="to"><h2 id="to">${own.to}</h2>${postal(shipping_address)}</section>
    ${billing_address ? html`<section class="card-box" aria-labelledby="billed"><h2 id="billed">${own.billed}</h2>${postal(billing_address)}</section>` : nothing}
    <section class="card-box" aria-labelledby="customer">
      <h2 id="customer">${own.customer}</h2>
      ${user?.status === "available" ? html`<p>${user.name}<br /><a href=${`mailto:${user.email}`}>${user.email}</a></p>` : html`<p class="small">${own.guest}</p>`}
      <p><a href=${`/console/orders?user_id=${user_id}`}>${own.theirs}</a></p>
    </section>
    ${note ? html`<section class="card-box" aria-labelledby="note"><h2 id="note">${own.note}</h2><p class="note">${note}</p></section>` : nothing}
  </div>`;
}

/** Looks after refunds that are on their way, as long as somebody looks at the page. */
function watch(state, refresh) {
  const isOpen = (state.order.refunds ?? []).some(({ status }) => status === "requested");
  if (!isOpen || state.isWatched || state.looks >= LOOKS) return;
  state.isWatched = true;
  setTimeout(async () => {
    Object.assign(state, { isWatched: false, looks: state.looks + 1 });
    // The next look may have more luck, and until then the page is as it was.
    if (!document.hidden && !state.refunds.form?.busy && !state.parcels.next?.busy) await refresh().catch(() => null);
    else watch(state, refresh);
  }, PAUSE);
}

await screen({ title: ({ order }) => (slip ? `${own.slip} ${nameOf(order)}` : own.order(nameOf(order))), load, view });

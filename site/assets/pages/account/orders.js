import { dateAndTime, money, text } from "../../language.js";
import { page, reason } from "../../page.js";
import { accountFrame } from "../../parts/account-frame.js";
import { standing } from "../../parts/parcels.js";
import { shop } from "../../shop.js";
import { html, nothing } from "../../vendor/lit-html.js";

const PAGE = 20;

async function load() {
  const { items, next_cursor } = await shop.call("GET /orders", { query: { limit: PAGE } });
  return { items, cursor: next_cursor ?? null, problem: null };
}

function view(state, { draw }) {
  const more = async () => {
    try {
      const { items, next_cursor } = await shop.call("GET /orders", { query: { limit: PAGE, cursor: state.cursor } });
      Object.assign(state, { items: [...state.items, ...items], cursor: next_cursor ?? null, problem: null });
    } catch (error) {
      state.problem = reason(error);
    }
    draw();
  };
  const row = ({ order_id, placed_at, status, fulfillment_status, total, lines }) => html`<li>
    <a href=${`/order/${order_id}`}>
      <span class="order-what">${lines.map(({ title, quantity }) => (quantity > 1 ? `${quantity} × ${title}` : title)).join(", ")}</span>
      <span class="order-when">${dateAndTime(placed_at)}</span>
      <span class="order-state">${standing({ status, fulfillment_status })}</span>
      <span class="order-total">${money(total)}</span>
    </a>
  </li>`;
  return accountFrame(
    text.account.orders,
    html`${state.items.length > 0 ? html`<ol class="orders">${state.items.map(row)}</ol>` : html`<p class="empty">${text.orders.none}</p>`}
    ${state.cursor ? html`<p class="more"><button type="button" class="quiet" @click=${more}>${text.results.more}</button></p>` : nothing}
    ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}`,
  );
}

await page({ title: text.account.orders, load, view, account: true });

// What is in the basket: its lines, what has changed since they were last seen, and what they cost.
import { acknowledge, put } from "../basket.js";
import { isProblem } from "../client/index.js";
import { money, text } from "../language.js";
import { reason } from "../page.js";
import { html, nothing } from "../vendor/lit-html.js";

/** Up to here a number is chosen from a list. */
const LISTED = 10;

/** Returns the lines of `state.cart`. What is done to them goes through `act`. */
export function basketLines({ cart, busy }, act) {
  return html`
    ${cart.stale ? html`<p class="notice" role="status">${text.basket.stale}</p>` : nothing} ${changes(cart, busy, act)}
    <ul class="basket-lines">
      ${cart.lines.map((line) => html`<li>${one(line, cart, busy, act)}</li>`)}
    </ul>
  `;
}

function one({ sku, title, quantity, unit_price, available, ships_in_days }, cart, busy, act) {
  const set = (number) => act(() => put(sku, number, cart.version));
  const most = Math.max(quantity, Math.min(available ?? LISTED, LISTED));
  return html`<div class="basket-title">
      <p>${title}</p>
      <p class="small">${text.basket.each(money(unit_price))}${ships_in_days ? html` · ${text.product.shipsIn(ships_in_days)}` : nothing}</p>
    </div>
    <p class="amount">${money({ ...unit_price, amount: unit_price.amount * quantity })}</p>
    <p class="basket-pieces">
      <label
        ><span class="hidden">${text.basket.pieces(title)}</span>
        <select ?disabled=${busy} @change=${(event) => set(Number(event.currentTarget.value))}>
          ${Array.from({ length: most }, (_, index) => index + 1).map((number) => html`<option value=${number} .selected=${number === quantity}>${number}</option>`)}
        </select></label
      >
      <button type="button" class="link" ?disabled=${busy} @click=${() => set(0)}>${text.basket.remove}<span class="hidden"> ${title}</span></button>
    </p>`;
}

function changes(cart, busy, act) {
  if (cart.changes.length === 0) return nothing;
  const title = (sku) => cart.lines.find((line) => line.sku === sku)?.title ?? sku;
  const told = (change) => {
    const words = text.basket.changes[change.code];
    return change.code === "price_changed" ? words(title(change.sku), money(change.was), money(change.now)) : words(title(change.sku), change.was, change.now);
  };
  return html`<section class="notice changes" role="status">
    <p>${text.basket.changed}</p>
    <ul>
      ${cart.changes.map((change) => html`<li>${told(change)}</li>`)}
    </ul>
    <p><button type="button" class="quiet" ?disabled=${busy} @click=${() => act(() => acknowledge(cart.version))}>${text.basket.acknowledge}</button></p>
  </section>`;
}

/** Returns what runs one change of the cart at a time, and shows what becomes of it. */
export function acting(state, draw, reload) {
  return async (run) => {
    if (state.busy) return;
    Object.assign(state, { busy: true, problem: null });
    draw();
    try {
      state.cart = await run();
    } catch (error) {
      state.problem = reason(error);
      // Another window has changed the cart.
      if (isProblem(error) && error.status === 412) await reload();
    }
    state.busy = false;
    draw();
  };
}

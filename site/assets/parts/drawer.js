// The basket beside the page.
import { open } from "../basket.js";
import { money, text } from "../language.js";
import { lines, reason } from "../page.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import { acting, basketLines } from "./basket-lines.js";

/** Opens the basket. The focus returns to where it was when it is closed. */
export async function openDrawer() {
  const drawer = document.createElement("dialog");
  drawer.className = "drawer";
  drawer.setAttribute("aria-labelledby", "drawer-title");
  document.body.append(drawer);
  drawer.addEventListener("close", () => drawer.remove());
  // A click beside it closes it.
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  const state = { cart: null, busy: true, problem: null, isLoaded: false };
  const draw = () => render(view(state, drawer, act), drawer);
  const reload = async () => {
    try {
      state.cart = await open();
      state.isLoaded = true;
    } catch (error) {
      state.problem = reason(error);
    }
  };
  const act = acting(state, draw, reload);
  draw();
  drawer.showModal();
  await reload();
  state.busy = false;
  draw();
}

function view(state, drawer, act) {
  const { cart, problem, isLoaded } = state;
  const isEmpty = !cart || cart.lines.length === 0;
  return html`<div class="drawer-inside" aria-busy=${state.busy}>
    <div class="drawer-head">
      <h2 id="drawer-title" tabindex="-1" autofocus>${text.basket.title}</h2>
      <button type="button" class="quiet" @click=${() => drawer.close()}>${text.basket.close}</button>
    </div>
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : nothing}
    ${!isLoaded ? (problem ? nothing : lines()) : isEmpty ? html`<p class="empty">${text.basket.empty}</p>` : html`${basketLines(state, act)} ${foot(cart)}`}
  </div>`;
}

function foot({ quote }) {
  return html`<div class="drawer-foot">
    ${quote ? html`<p class="basket-sum"><span>${text.basket.subtotal}</span> <strong>${money(quote.subtotal)}</strong></p>` : nothing}
    <p><a class="button" href="/checkout">${text.basket.checkout}</a></p>
    <p class="small">${text.basket.held}</p>
  </div>`;
}

// The codes of promotions: those that the cart has, and a field for another.
import { change } from "../basket.js";
import { text } from "../language.js";
import { html } from "../vendor/lit-html.js";

/** What a code looks like. */
const CODE = /^[A-Z0-9-]{3,24}$/i;

/** Returns the codes of `state.cart`. What is done to them goes through `act`. */
export function codes(state, act, draw) {
  const { cart, busy } = state;
  const set = (all) => act(() => change({ codes: all }, cart.version));
  const add = async (event) => {
    event.preventDefault();
    const field = event.currentTarget.elements.code;
    const code = field.value.trim();
    if (!CODE.test(code)) {
      state.problem = text.refused.code_unknown;
      draw();
      return;
    }
    await set([...cart.codes, code]);
    if (!state.problem) field.value = "";
  };
  return html`<form class="code" novalidate @submit=${add}>
      <label for="code">${text.checkout.code}</label>
      <div class="code-row">
        <input id="code" name="code" maxlength="24" autocomplete="off" autocapitalize="characters" spellcheck="false" ?disabled=${busy} />
        <button class="quiet" ?disabled=${busy}>${text.checkout.useCode}</button>
      </div>
    </form>
    ${cart.codes.length > 0
      ? html`<ul class="codes">
          ${cart.codes.map((code) => html`<li><strong>${code}</strong> <button type="button" class="link" ?disabled=${busy} @click=${() => set(cart.codes.filter((other) => other !== code))}>${text.basket.remove}<span class="hidden"> ${code}</span></button></li>`)}
        </ul>`
      : ""}`;
}

// What an order is paid with: a card that the customer has saved, or another one, which they may save.
import { text } from "../language.js";
import { isSignedIn, shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";
import { cardField } from "./card.js";

const BRANDS = { visa: "Visa", mastercard: "Mastercard", amex: "American Express" };

/** Returns how a reader knows a saved card. */
export function cardName({ brand, last4, exp_month, exp_year }) {
  return text.cards.name(BRANDS[brand] ?? brand, last4, `${String(exp_month).padStart(2, "0")}/${exp_year % 100}`);
}

/** Returns the saved cards, the last used first. Without an answer there is still another card to pay with. */
async function savedCards() {
  if (!isSignedIn()) return [];
  const { items } = await shop.call("GET /payment-methods").catch(() => ({ items: [] }));
  return items;
}

/** Prepares the choice, by `payments` of `GET /shop`. `members()` returns what a request to pay has of it, and throws `CardIncomplete`
 * like `cardField`. With `saves`, another card may be saved. */
export async function payWith(payments, saves) {
  const [saved, card] = await Promise.all([savedCards(), cardField(payments)]);
  let chosen = saved[0]?.payment_method ?? null;
  let isToSave = false;
  const choice = (value, name, draw) => {
    const choose = () => {
      chosen = value;
      draw();
    };
    return html`<label class="check"><input type="radio" name="pay-with" .checked=${chosen === value} @change=${choose} /> <span>${name}</span></label>`;
  };
  const view = (draw) => html`
    ${saved.length > 0
      ? html`<fieldset class="choices">
          <legend class="hidden">${text.checkout.card}</legend>
          ${saved.map((one) => choice(one.payment_method, cardName(one), draw))} ${choice(null, text.cards.another, draw)}
        </fieldset>`
      : nothing}
    <div class="another-card" ?hidden=${chosen !== null}>
      ${card.view()}
      ${saves && isSignedIn()
        ? html`<label class="check"><input type="checkbox" .checked=${isToSave} @change=${(event) => (isToSave = event.currentTarget.checked)} /> <span>${text.cards.save}</span></label>`
        : nothing}
    </div>`;
  const members = async () => {
    if (chosen) return { saved_method: chosen };
    const payment_method = await card.method();
    return isToSave ? { payment_method, save_method: true } : { payment_method };
  };
  return { view, members };
}

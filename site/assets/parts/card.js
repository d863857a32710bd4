// What a customer pays with: Stripe's own field for a card, which no script of the shop can read; or, where the payment gateway is the
// laptop's, one of its test cards.
import { language, text } from "../language.js";
import { html } from "../vendor/lit-html.js";

const STRIPE = "https://js.stripe.com/v3/";

/** Prepares the field, by `payments` of `GET /shop`. `method()` returns the gateway's token for what was entered, and throws
 * `CardIncomplete` if that is no card; where Stripe's field is, `save()` saves it for the customer of a client secret.
 *
 * @param {{ publishable_key?: string | null, test_cards: boolean }} payments */
export async function cardField({ publishable_key, test_cards }) {
  if (publishable_key) return stripeField(publishable_key);
  return test_cards ? testCards() : noCards();
}

/** The shop's API is in use, and its pages have no key for cards. */
function noCards() {
  const view = () => html`<p class="notice">${text.checkout.noCards}</p>`;
  const method = async () => {
    throw new CardIncomplete(text.checkout.noCards);
  };
  return { view, method, save: method };
}

function testCards() {
  const cards = { pm_card_visa: "visa", pm_card_authenticationRequired: "asks", pm_card_chargeDeclined: "declined", pm_card_chargeDeclinedInsufficientFunds: "empty" };
  let chosen = "pm_card_visa";
  const view = () => html`<fieldset class="choices">
    <legend class="hidden">${text.checkout.card}</legend>
    <p class="small">${text.checkout.testCards}</p>
    ${Object.entries(cards).map(
      ([token, name]) => html`<label class="check">
        <input type="radio" name="card" value=${token} .checked=${token === chosen} @change=${() => (chosen = token)} /> <span>${text.checkout.cards[name]}</span>
      </label>`,
    )}
  </fieldset>`;
  return { view, method: async () => chosen };
}

async function stripeField(publishableKey) {
  const stripe = await loaded(publishableKey);
  const card = stripe.elements({ locale: language }).create("card", { hidePostalCode: true });
  let place = null;
  const mount = (element) => {
    if (element === place) return;
    place = element;
    card.mount(element);
  };
  const view = () => {
    queueMicrotask(() => {
      const element = document.getElementById("card");
      if (element) mount(element);
    });
    return html`<div id="card" class="card-field"></div>`;
  };
  const method = async () => {
    const { paymentMethod, error } = await stripe.createPaymentMethod({ type: "card", card });
    if (error) throw new CardIncomplete(error.message);
    return paymentMethod.id;
  };
  const save = async (clientSecret) => {
    const { error } = await stripe.confirmCardSetup(clientSecret, { payment_method: { card } });
    if (error) throw new CardIncomplete(error.message);
  };
  return { view, method, save };
}

/** What was entered is no card. The message is Stripe's, in the reader's language. */
export class CardIncomplete extends Error {}

let script;

/** Loads Stripe's script, which has to come from Stripe, and only where it is needed. */
export async function loaded(publishableKey) {
  script ??= new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: STRIPE, onload: resolve, onerror: () => reject(new Error("Stripe's script cannot be loaded")) });
    document.head.append(element);
  });
  await script;
  return /** @type {any} */ (globalThis).Stripe(publishableKey);
}

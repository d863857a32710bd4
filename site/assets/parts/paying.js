// What a customer can do about an order that is not paid: confirm with the bank, or take another card.
import { money, text } from "../language.js";
import { keep, recall, shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";
import { CardIncomplete, loaded } from "./card.js";
import { payWith } from "./pay-with.js";

/** The order that was placed or paid a moment ago. Its bank's page opens by itself, once. */
const PLACED = "bodega.placed";

export function justPlaced(order_id) {
  keep(PLACED, order_id);
}

/** Returns whether an order was placed a moment ago, the first time that it is asked. */
export function wasJustPlaced(order_id) {
  const isIt = recall(PLACED) === order_id;
  if (isIt) keep(PLACED, null);
  return isIt;
}

/** Whether the customer's bank wants to be asked before the order is paid. */
export function asksForConfirmation({ status, payment_status }) {
  return status === "awaiting_payment" && payment_status === "action_required";
}

/** Leads to the bank's page, or has Stripe's script show it. */
export async function toTheBank({ payment_id }) {
  const { client_secret, publishable_key, redirect_url } = await shop.call("GET /payments/{payment_id}/action", { path: { payment_id } });
  if (redirect_url) {
    location.assign(redirect_url);
    return;
  }
  if (!publishable_key) throw new CardIncomplete(text.order.bankHasNoPage);
  const stripe = await loaded(publishable_key);
  const { error } = await stripe.handleNextAction({ clientSecret: client_secret });
  if (error) throw new CardIncomplete(error.message);
}

/** Returns what to do about the order of `state`. What is done goes through `attempt`, and `paid` is called once a card was given. */
export function paying(state, attempt, paid, draw) {
  const { order, card, busy } = state;
  const action = (words, run) => html`<p><button type="button" ?disabled=${busy} @click=${() => attempt(run)}>${words}</button></p>`;
  if (asksForConfirmation(order)) return action(text.order.toTheBank, () => toTheBank(order));
  if (order.status !== "payment_failed") return nothing;
  if (!card) {
    return action(text.order.anotherCard, async () => {
      const { payments } = await shop.call("GET /shop", { anonymous: true });
      state.card = await payWith(payments, false);
    });
  }
  const pay = async () => {
    const body = await card.members();
    await shop.call("POST /payments/{payment_id}/attempts", { path: { payment_id: order.payment_id }, body });
    paid();
  };
  return html`${card.view(draw)} ${action(text.order.pay(money(order.total)), pay)}`;
}

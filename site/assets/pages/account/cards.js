import { text } from "../../language.js";
import { page, reason } from "../../page.js";
import { accountFrame } from "../../parts/account-frame.js";
import { CardIncomplete, cardField } from "../../parts/card.js";
import { cardName } from "../../parts/pay-with.js";
import { shop } from "../../shop.js";
import { html, nothing } from "../../vendor/lit-html.js";

// A customer who comes back from the payment gateway's page has what became of it in the address.
const cameBack = new URLSearchParams(location.search).get("redirect_status");
if (location.search) history.replaceState(null, "", location.pathname);

async function load() {
  const { items } = await shop.call("GET /payment-methods");
  return { items, adding: null, busy: false, problem: null };
}

/** Leads to the payment gateway's page for a card; or returns Stripe's field, and how to save what is entered. */
async function begin() {
  const { client_secret, publishable_key, redirect_url } = await shop.call("POST /payment-methods");
  if (redirect_url) {
    location.assign(`${redirect_url}&return_url=${encodeURIComponent(location.href)}`);
    return null;
  }
  const field = await cardField({ publishable_key, test_cards: false });
  return { view: field.view, save: () => field.save(client_secret) };
}

function view(state, { draw, reload }) {
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
  const remove = (payment_method) =>
    confirm(text.cards.sure) &&
    attempt(async () => {
      await shop.call("DELETE /payment-methods/{payment_method}", { path: { payment_method } });
      await reload();
    });
  const add = () =>
    attempt(async () => {
      state.adding = await begin();
    });
  const save = () =>
    attempt(async () => {
      await state.adding.save();
      await reload();
    });
  const button = (words, run, kind = "") => html`<p><button type="button" class=${kind} ?disabled=${state.busy} @click=${run}>${words}</button></p>`;
  const row = (card) => html`<li class="saved">
    <p>${cardName(card)}</p>
    <p class="buttons"><button type="button" class="link" @click=${() => remove(card.payment_method)}>${text.addresses.remove}<span class="hidden"> ${cardName(card)}</span></button></p>
  </li>`;
  return accountFrame(
    text.account.cards,
    html`
      ${cameBack === "succeeded" ? html`<p class="notice good" role="status">${text.cards.saved}</p>` : nothing}
      ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
      ${state.items.length > 0 ? html`<ul class="saved-list">${state.items.map(row)}</ul>` : html`<p class="empty">${text.cards.none}</p>`}
      ${state.adding ? html`${state.adding.view()} ${button(text.save, save)}` : button(text.cards.add, add, "quiet")}
      <p class="small">${text.cards.where}</p>
    `,
  );
}

await page({ title: text.account.cards, load, view, account: true });

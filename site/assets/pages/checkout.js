import { change, open, taken } from "../basket.js";
import { isProblem } from "../client/index.js";
import { before, money, text } from "../language.js";
import { page, reason } from "../page.js";
import { addressFields, givenAddress } from "../parts/address-fields.js";
import { acting, basketLines } from "../parts/basket-lines.js";
import { CardIncomplete } from "../parts/card.js";
import { codes } from "../parts/codes.js";
import { form, formState } from "../parts/form.js";
import { payWith } from "../parts/pay-with.js";
import { justPlaced } from "../parts/paying.js";
import { postal } from "../parts/postal.js";
import { isSignedIn, keep, recall, shop, signInPath } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

/** The key of the request to order. It is kept until the order is there, so that no click and no reload orders twice. */
const KEY = "bodega.checkout";

async function load() {
  const [opened, about, saved] = await Promise.all([open(), shop.call("GET /shop", { anonymous: true }), isSignedIn() ? shop.call("GET /users/me/addresses") : null]);
  const preferred = opened?.shipping_address ? null : saved?.items.find(({ default_shipping }) => default_shipping);
  // What a customer has said once need not be clicked.
  const cart = opened && preferred ? await change({ shipping_address: preferred.address }, opened.version).then(shipped).catch(() => opened) : opened;
  const card = await payWith(about.payments, true);
  return { cart, about, saved: saved?.items ?? [], card, address: formState(), isEdited: false, contact: { email: "", name: "" }, accepted: false, busy: false, problem: null };
}

function view(state, { draw }) {
  const { cart } = state;
  if (!cart || cart.lines.length === 0) {
    return html`<section class="state">
      <h1>${text.checkout.title}</h1>
      <p>${text.basket.empty}</p>
      <p><a class="button" href="/">${text.home.link}</a></p>
    </section>`;
  }
  const again = async () => {
    state.cart = await open();
  };
  const act = acting(state, draw, again);
  return html`
    <h1>${text.checkout.title}</h1>
    <div class="checkout">
      <div class="checkout-steps">
        <section aria-labelledby="what">
          <h2 id="what">${text.basket.title}</h2>
          ${basketLines(state, act)}
        </section>
        ${isSignedIn() ? nothing : contact(state)} ${delivery(state, act, draw)} ${shipping(state, act)}
        <section aria-labelledby="pay">
          <h2 id="pay">${text.checkout.card}</h2>
          ${state.card.view(draw)}
        </section>
      </div>
      ${summary(state, { act, draw, order: () => order(state, draw, again) })}
    </div>
  `;
}

function contact({ contact }) {
  const set = (name) => (event) => (contact[name] = event.currentTarget.value.trim());
  return html`<section aria-labelledby="who">
    <h2 id="who">${text.checkout.contact}</h2>
    <p>${text.checkout.known} <a href=${signInPath()}>${text.signIn.title}</a></p>
    <div class="fields">
      <div class="field">
        <label for="contact-email">${text.signIn.email}</label>
        <input id="contact-email" type="email" autocomplete="email" maxlength="254" required value=${contact.email} @input=${set("email")} />
        <p class="hint">${text.checkout.contactHint}</p>
      </div>
      <div class="field">
        <label for="contact-name">${text.profile.name}</label>
        <input id="contact-name" autocomplete="name" maxlength="100" required value=${contact.name} @input=${set("name")} />
      </div>
    </div>
  </section>`;
}

function delivery(state, act, draw) {
  const { cart, saved, about } = state;
  const deliver = async (shipping_address) => shipped(await change({ shipping_address }, state.cart.version));
  const set = (shipping_address) => act(() => deliver(shipping_address));
  const edit = (isEdited) => {
    state.isEdited = isEdited;
    draw();
  };
  const send = async (given) => {
    state.cart = await deliver(givenAddress(given));
    Object.assign(state, { isEdited: false, problem: null });
  };
  const known = cart.shipping_address ?? { name: state.contact.name, country: about.countries[0] ?? "ES" };
  const isAsked = state.isEdited || !cart.shipping_address;
  return html`<section aria-labelledby="where">
    <h2 id="where">${text.checkout.address}</h2>
    ${isAsked
      ? html`${saved.length > 0
            ? html`<ul class="saved-list">
                ${saved.map(({ address }) => html`<li class="saved">${postal(address)}<p class="buttons"><button type="button" class="link" @click=${() => set(address).then(() => edit(false))}>${text.checkout.here}<span class="hidden"> ${address.line1}</span></button></p></li>`)}
              </ul>`
            : nothing}
          ${form(state.address, { fields: addressFields(known, about.countries), button: text.checkout.here, send, draw, quiet: true, id: "delivery" })}`
      : html`${postal(cart.shipping_address)}
          <p><button type="button" class="link" @click=${() => edit(true)}>${text.checkout.another}</button></p>`}
  </section>`;
}

/** Chooses the first way of shipping, unless one is chosen. */
function shipped(cart) {
  const [first] = cart.shipping_options;
  return cart.shipping_method || !first ? cart : change({ shipping_method: first.method }, cart.version);
}

function shipping({ cart, busy }, act) {
  if (cart.shipping_options.length === 0) return nothing;
  const choose = (method) => act(() => change({ shipping_method: method }, cart.version));
  return html`<section aria-labelledby="how">
    <h2 id="how">${text.checkout.shipping}</h2>
    <fieldset class="choices" ?disabled=${busy}>
      <legend class="hidden">${text.checkout.shipping}</legend>
      ${cart.shipping_options.map(
        ({ method, title, price, days }) => html`<label class="check">
          <input type="radio" name="shipping" value=${method} .checked=${method === cart.shipping_method} @change=${() => choose(method)} />
          <span>${title}${days ? html` <span class="small">${text.checkout.days(days.least, days.most)}</span>` : nothing}</span>
          <span class="amount">${price.amount === 0 ? text.checkout.free : money(price)}</span>
        </label>`,
      )}
    </fieldset>
  </section>`;
}

function summary(state, { act, draw, order }) {
  const { cart, about, problem, busy } = state;
  const { quote } = cart;
  const row = (what, amount) => html`<div><dt>${what}</dt><dd>${amount}</dd></div>`;
  const terms = about.policies.terms_version;
  const accept = (event) => (state.accepted = event.currentTarget.checked);
  return html`<section class="summary" aria-labelledby="sum">
    <h2 id="sum">${text.checkout.summary}</h2>
    ${quote
      ? html`<dl class="sums">
          ${row(text.basket.subtotal, money(quote.subtotal))} ${quote.discounts.map(({ code, amount }) => row(code, `−${money(amount)}`))}
          ${quote.shipping ? row(text.checkout.shipping, before(quote.shipping).amount === 0 ? text.checkout.free : money(before(quote.shipping))) : nothing}
          ${quote.tax_included ? nothing : row(text.checkout.tax, money(quote.tax))}
          <div class="sum-total"><dt>${text.order.total}${quote.tax_included ? html`<span class="small">${text.order.tax(money(quote.tax))}</span>` : nothing}</dt><dd>${money(quote.total)}</dd></div>
        </dl>`
      : nothing}
    ${codes(state, act, draw)} ${hindrances(cart)}
    ${terms ? html`<label class="check"><input type="checkbox" id="terms" .checked=${state.accepted} @change=${accept} /> <span>${text.checkout.accept} <a href="/legal/terms">${text.legal.terms.title}</a></span></label>` : nothing}
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : nothing}
    <p><button type="button" class="order-button" ?disabled=${busy || !quote} @click=${order}>${busy ? text.sending : text.checkout.order}</button></p>
    <p class="small">${text.checkout.binding} <a href="/legal/withdrawal">${text.legal.withdrawal.title}</a></p>
  </section>`;
}

/** What keeps the cart from being ordered, as far as the page does not ask for it anyway. */
function hindrances({ problems, lines }) {
  const title = (sku) => lines.find((line) => line.sku === sku)?.title ?? sku;
  const told = problems.map(({ code, sku, promotion_code }) => text.checkout.problems[code]?.(promotion_code ?? title(sku))).filter(Boolean);
  return told.length > 0 ? html`<ul class="notice">${told.map((words) => html`<li>${words}</li>`)}</ul>` : nothing;
}

/** Orders what the page shows, at the total that it shows. */
async function order(state, draw, again) {
  if (state.busy) return;
  const { cart, contact, about } = state;
  const missing = isMissing(state);
  if (missing) {
    state.problem = missing;
    draw();
    return;
  }
  Object.assign(state, { busy: true, problem: null });
  draw();
  try {
    const paying = await state.card.members();
    const body = { expected_total: cart.quote.total, ...paying, cart_version: cart.version, ...(isSignedIn() ? {} : { contact }) };
    const terms = about.policies.terms_version ? { terms_version: about.policies.terms_version } : {};
    const placed = await shop.call("POST /cart/checkout", { idempotencyKey: key(), body: { ...body, ...terms } });
    keep(KEY, null);
    justPlaced(placed.order_id);
    taken(null);
    // Going back must not lead to an empty check-out.
    location.replace(`/order/${placed.order_id}`);
    return;
  } catch (error) {
    await refused(error, state, again);
  }
  state.busy = false;
  draw();
}

async function refused(error, state, again) {
  state.problem = error instanceof CardIncomplete ? error.message : reason(error);
  if (!isProblem(error)) return;
  // Another request with the same key would be another order's.
  if (["cart_changed", "idempotency_key_reused", "reservation_ended"].includes(error.code)) keep(KEY, null);
  if (isProblem(error, "total_changed")) state.cart = taken(error.cart);
  else if (["cart_changed", "cart_empty", "out_of_stock", "price_changed", "unknown_sku"].includes(error.code) || error.code.startsWith("code_")) await again();
}

function isMissing({ cart, contact, about, accepted }) {
  if (!isSignedIn() && !(contact.email.includes("@") && contact.name)) return text.checkout.missing.contact;
  if (!cart.shipping_address) return text.checkout.missing.address;
  if (cart.changes.length > 0) return text.checkout.missing.changes;
  if (about.policies.terms_version && !accepted) return text.checkout.missing.terms;
  return cart.problems.some(({ code }) => code === "shipping_not_chosen") ? text.checkout.missing.shipping : null;
}

/** Returns the key of the request, which a reload keeps. */
function key() {
  const kept = recall(KEY) ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  keep(KEY, kept);
  return kept;
}

await page({ title: text.checkout.title, load, view });

// Withdrawing from a contract without signing in, in two steps (Directive 2011/83/EU, Article 11a).
import { isProblem } from "../client/index.js";
import { dateAndTime, language, text, texts } from "../language.js";
import { page, reason } from "../page.js";
import { form, formState } from "../parts/form.js";
import { isSignedIn, shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const { withdrawal: words } = await texts("withdrawal");

async function load() {
  return { form: formState(), confirming: formState(), given: null, received: null };
}

function view(state, { draw }) {
  if (state.received) return done(state);
  return html`<section class="narrow">
    <h1>${words.title}</h1>
    ${state.given ? confirm(state, draw) : ask(state, draw)}
  </section>`;
}

/** The first step. Nothing is declared yet. */
function ask(state, draw) {
  const given = state.kept ?? {};
  const fields = [
    { name: "name", label: text.profile.name, autocomplete: "name", maxlength: 100, value: given.name },
    { name: "order_number", label: words.number, hint: words.numberHint, maxlength: 40, value: given.order_number, autocomplete: "off" },
    { name: "email", label: text.signIn.email, type: "email", autocomplete: "email", hint: words.emailHint, maxlength: 254, value: given.email },
  ];
  const next = async (given) => {
    state.given = given;
    state.kept = given;
    // Once it is drawn: what is to be read next is new.
    requestAnimationFrame(() => document.getElementById("declared")?.focus());
  };
  return html`<p>${words.advice}</p>
    ${isSignedIn() ? html`<p><a href="/account/orders">${words.signedIn}</a></p>` : nothing}
    ${form(state.form, { fields, button: words.withdraw, send: next, draw })}
    <p class="small"><a href="/legal/withdrawal">${words.rights}</a></p>`;
}

/** The second step: what is declared by the button. */
function confirm(state, draw) {
  const { given } = state;
  const send = async () => {
    const body = /** @type {any} */ ({ ...given, locale: language });
    try {
      // The same declaration again is recorded once.
      state.received = await shop.call("POST /withdrawals", { body, anonymous: true, repeatable: true });
    } catch (error) {
      if (!isProblem(error) || error.status !== 422) throw error;
      const wrong = error.errors.map(({ pointer, message }) => [pointer.split("/").at(-1), message]);
      Object.assign(state.form, { problem: reason(error), errors: Object.fromEntries(wrong) });
      state.given = null;
    }
  };
  const back = () => {
    state.given = null;
    draw();
  };
  return html`<div id="declared" tabindex="-1">
      <p>${words.declaration}</p>
      <ul>
        <li>${words.number}: <strong>${given.order_number}</strong></li>
        <li>${text.profile.name}: <strong>${given.name}</strong></li>
        <li>${text.signIn.email}: <strong>${given.email}</strong></li>
      </ul>
    </div>
    ${form(state.confirming, { fields: [], button: words.confirm, send, draw, id: "confirm" })}
    <p><button type="button" class="link" @click=${back}>${words.change}</button></p>`;
}

function done({ given, received }) {
  return html`<section class="state" role="status">
    <h1>${words.received}</h1>
    <p>${words.receivedAt(given.order_number, dateAndTime(received.received_at))}</p>
    <p>${words.mailed(given.email)}</p>
    <p><a class="button" href="/">${text.home.link}</a></p>
  </section>`;
}

await page({ title: words.title, load, view });

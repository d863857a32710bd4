// The pages that links in mails lead to. What proves them is in the fragment, which browsers send to nobody.
import { language, text, texts } from "../language.js";
import { page } from "../page.js";
import { form, formState } from "../parts/form.js";
import { shop } from "../shop.js";
import { html } from "../vendor/lit-html.js";

const { mailed } = await texts("mailed");

const token = new URLSearchParams(location.hash.slice(1)).get("token");

// A link that was opened is worth nothing a second time, and does not belong into the history.
const used = () => history.replaceState(null, "", location.pathname);

const password = { name: "password", label: text.password.new, type: "password", autocomplete: "new-password", minlength: 8, maxlength: 128, hint: text.password.hint };

const PAGES = {
  "/confirm-email": {
    words: mailed.confirm,
    fields: [],
    send: () => shop.call("POST /email-confirmations", { body: { token }, repeatable: true }),
  },
  "/reset-password": {
    words: mailed.reset,
    fields: [password],
    send: ({ password }) => shop.call("POST /password-resets/confirmation", { body: { token, password } }),
  },
  "/accept-invitation": {
    words: mailed.invitation,
    next: "/console/sign-in",
    fields: [{ name: "name", label: text.profile.name, autocomplete: "name", maxlength: 100 }, password],
    send: ({ name, password }) => shop.call("POST /users/invitations/acceptance", { body: { token, name, password, locale: language } }),
  },
};
const { words, fields, send, next = "/account/sign-in" } = PAGES[location.pathname.replace(/\/$/, "")];

async function load() {
  return { form: formState(), isDone: false };
}

function view(state, { draw }) {
  if (!token || state.isDone) {
    const { title, advice } = state.isDone ? words.done : mailed.incomplete;
    return html`<section class="state" role="status">
      <h1>${title}</h1>
      <p>${advice}</p>
      <p><a class="button" href=${state.isDone ? next : "/"}>${state.isDone ? text.signIn.title : text.home.link}</a></p>
    </section>`;
  }
  const sent = async (given) => {
    await send(given);
    used();
    state.isDone = true;
  };
  return html`<section class="narrow">
    <h1>${words.title}</h1>
    <p>${words.advice}</p>
    ${form(state.form, { fields, button: words.button, send: sent, draw })}
  </section>`;
}

await page({ title: words.title, load, view });

// Finding an order without an account: asking for a link to it, and opening that link.
import { isProblem } from "../client/index.js";
import { text, texts } from "../language.js";
import { page, reason } from "../page.js";
import { form, formState } from "../parts/form.js";
import { shop, signIn } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const { lookup: words } = await texts("lookup");

const token = new URLSearchParams(location.hash.slice(1)).get("token");

async function load() {
  const state = { form: formState(), refused: null, needsAccount: false };
  if (token) await open(state);
  return state;
}

/** Opens the link, once: the order's page follows. */
async function open(state) {
  // It is worth nothing a second time, and does not belong into the history.
  history.replaceState(null, "", location.pathname);
  try {
    const opened = await shop.call("POST /sessions/link", { body: { token }, anonymous: true });
    signIn(opened);
    location.replace(`/order/${opened.order_id}`);
    await new Promise(() => {});
  } catch (error) {
    if (!isProblem(error)) throw error;
    if (error.code === "sign_in_needed") state.needsAccount = true;
    else state.refused = reason(error);
  }
}

function view(state, { draw }) {
  if (state.needsAccount) {
    return html`<section class="state">
      <h1>${words.account.title}</h1>
      <p>${words.account.advice}</p>
      <p><a class="button" href="/account/sign-in?next=%2Faccount%2Forders">${text.signIn.title}</a></p>
    </section>`;
  }
  const fields = [
    { name: "number", label: words.number, hint: words.numberHint, maxlength: 40, autocomplete: "off" },
    { name: "email", label: text.signIn.email, type: "email", autocomplete: "email", hint: words.emailHint, maxlength: 254 },
  ];
  const send = async (given) => {
    await shop.call("POST /orders/lookup", { body: given, anonymous: true });
    return words.sent(given.email);
  };
  return html`<section class="narrow">
    <h1>${words.title}</h1>
    ${state.refused ? html`<p class="notice bad" role="alert">${state.refused}</p>` : nothing}
    <p>${words.advice}</p>
    ${form(state.form, { fields, button: words.button, send, draw })}
  </section>`;
}

await page({ title: words.title, load, view });

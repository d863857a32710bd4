import { text } from "../../language.js";
import { page } from "../../page.js";
import { form, formState } from "../../parts/form.js";
import { device, isSignedIn, shop, signIn } from "../../shop.js";
import { html } from "../../vendor/lit-html.js";

/** Where to go then: a path of this shop, whatever the address says. */
function next() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/(?![/\\])/.test(wanted) ? wanted : "/account";
}

async function load() {
  return { form: formState(), challenge: null };
}

function view(state, { draw }) {
  const enter = async (tokens) => {
    signIn(tokens);
    // Only the first access token can. Without it, the basket is there a moment later.
    if (tokens.merged_from) await shop.call("POST /cart/merge").catch(() => null);
    location.replace(next());
  };
  if (state.challenge) {
    const send = async ({ code }) => enter(await shop.call("POST /sessions/second-factor", { body: { challenge: state.challenge, code: code.trim(), ...guest() }, anonymous: true }));
    const fields = [{ name: "code", label: text.signIn.code, autocomplete: "one-time-code", hint: text.signIn.codeHint, maxlength: 40 }];
    return html`<section class="narrow">
      <h1>${text.signIn.second}</h1>
      ${form(state.form, { fields, button: text.signIn.button, send, draw, id: "second" })}
    </section>`;
  }
  const send = async ({ email, password }) => {
    const body = { email, password, ...(device() ? { device_token: device() } : {}), ...guest() };
    const reply = await shop.call("POST /sessions", { body, anonymous: true });
    if ("challenge" in reply) state.challenge = reply.challenge;
    else await enter(reply);
  };
  const fields = [
    { name: "email", label: text.signIn.email, type: "email", autocomplete: "username", maxlength: 254 },
    { name: "password", label: text.signIn.password, type: "password", autocomplete: "current-password", maxlength: 128 },
  ];
  return html`<section class="narrow">
    <h1>${text.signIn.title}</h1>
    ${form(state.form, { fields, button: text.signIn.button, send, draw })}
    <p><a href="/account/forgot-password">${text.signIn.forgot}</a></p>
    <p>${text.signIn.isNew} <a href="/account/register">${text.register.title}</a></p>
  </section>`;
}

/** A guest's orders become the account's. */
function guest() {
  return shop.session?.guest ? { guest_refresh_token: shop.session.refreshToken } : {};
}

if (isSignedIn()) location.replace(next());
else await page({ title: text.signIn.title, load, view });

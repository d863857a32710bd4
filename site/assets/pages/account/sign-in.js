import { text } from "../../language.js";
import { page } from "../../page.js";
import { signInForm, signInState } from "../../parts/sign-in.js";
import { isSignedIn, shop, signIn } from "../../shop.js";
import { html } from "../../vendor/lit-html.js";

/** Where to go then: a path of this shop, whatever the address says. */
function next() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/(?![/\\])/.test(wanted) ? wanted : "/account";
}

async function load() {
  return signInState();
}

function view(state, { draw }) {
  const entered = async (tokens) => {
    signIn(tokens);
    // Only the first access token can. Without it, the basket is there a moment later.
    if (tokens.merged_from) await shop.call("POST /cart/merge").catch(() => null);
    location.replace(next());
  };
  const form = signInForm(state, { draw, entered, also: guest() });
  if (state.challenge) {
    return html`<section class="narrow">
      <h1>${text.signIn.second}</h1>
      ${form}
    </section>`;
  }
  return html`<section class="narrow">
    <h1>${text.signIn.title}</h1>
    ${form}
    <p><a href="/account/forgot-password">${text.signIn.forgot}</a></p>
    <p>${text.signIn.asGuest} <a href="/order-lookup">${text.signIn.findOrder}</a></p>
    <p>${text.signIn.isNew} <a href="/account/register">${text.register.title}</a></p>
  </section>`;
}

/** A guest's orders become the account's. */
function guest() {
  return shop.session?.guest ? { guest_refresh_token: shop.session.refreshToken } : {};
}

if (isSignedIn()) location.replace(next());
else await page({ title: text.signIn.title, load, view });

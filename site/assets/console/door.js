// For those who are signed in and see nothing: without a role, without a second factor, or in a session that began without one.
import { text } from "../language.js";
import { formState } from "../parts/form.js";
import { secondFactor } from "../parts/second-factor.js";
import { signOut } from "../shop.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import { words } from "./words.js";

/** Says why, and what to do about it: `customer`, `factor` or `again`. */
export function door(why, user, main) {
  const state = { user, totp: formState(), enrolment: null, codes: null };
  const again = async () => {
    const next = encodeURIComponent(location.pathname + location.search);
    await signOut();
    location.assign(`/console/sign-in?next=${next}`);
  };
  const draw = () => {
    const isSetUp = why === "again" || state.codes;
    const { title, advice } = words.door[why];
    const view = html`<section class="state">
      <h1>${title}</h1>
      <p>${advice}</p>
      ${why === "factor" ? secondFactor(state, draw) : nothing}
      ${isSetUp ? html`<p>${words.door.now}</p>` : nothing}
      ${isSetUp ? html`<p><button type="button" @click=${again}>${text.signIn.title}</button></p>` : nothing}
      ${why === "customer" ? html`<p class="buttons"><button type="button" @click=${again}>${words.door.other}</button> <a class="button" href="/">${text.home.link}</a></p>` : nothing}
    </section>`;
    render(view, main);
  };
  document.title = `${words.door[why].title} – ${words.title}`;
  draw();
}

import { language, text } from "../../language.js";
import { page } from "../../page.js";
import { form, formState } from "../../parts/form.js";
import { shop } from "../../shop.js";
import { html } from "../../vendor/lit-html.js";

async function load() {
  return { form: formState(), email: null };
}

function view(state, { draw }) {
  if (state.email) {
    // The same for an address that has an account: only its mailbox learns that.
    return html`<section class="state" role="status">
      <h1>${text.register.done}</h1>
      <p>${text.register.mailed(state.email)}</p>
      <p><a class="button" href="/account/sign-in">${text.signIn.title}</a></p>
    </section>`;
  }
  const send = async ({ name, email, password }) => {
    const guest = shop.session?.guest ? { guest_refresh_token: shop.session.refreshToken } : {};
    await shop.call("POST /users", { body: { name, email, password, locale: language, ...guest }, anonymous: true });
    if (shop.session?.guest) shop.forget();
    state.email = email;
  };
  const fields = [
    { name: "name", label: text.profile.name, autocomplete: "name", maxlength: 100 },
    { name: "email", label: text.signIn.email, type: "email", autocomplete: "username", maxlength: 254 },
    { name: "password", label: text.signIn.password, type: "password", autocomplete: "new-password", minlength: 8, maxlength: 128, hint: text.password.hint },
  ];
  return html`<section class="narrow">
    <h1>${text.register.title}</h1>
    ${form(state.form, { fields, button: text.register.button, send, draw })}
    <p>${text.register.known} <a href="/account/sign-in">${text.signIn.title}</a></p>
  </section>`;
}

await page({ title: text.register.title, load, view });

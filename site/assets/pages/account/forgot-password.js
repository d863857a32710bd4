import { text } from "../../language.js";
import { page } from "../../page.js";
import { form, formState } from "../../parts/form.js";
import { shop } from "../../shop.js";
import { html } from "../../vendor/lit-html.js";

async function load() {
  return { form: formState() };
}

function view(state, { draw }) {
  const send = async ({ email }) => {
    await shop.call("POST /password-resets", { body: { email }, anonymous: true });
    return text.forgot.mailed(email);
  };
  const fields = [{ name: "email", label: text.signIn.email, type: "email", autocomplete: "username", maxlength: 254 }];
  return html`<section class="narrow">
    <h1>${text.forgot.title}</h1>
    <p>${text.forgot.advice}</p>
    ${form(state.form, { fields, button: text.forgot.button, send, draw })}
    <p><a href="/account/sign-in">${text.signIn.title}</a></p>
  </section>`;
}

await page({ title: text.forgot.title, load, view });

import { LANGUAGES, date, language, speak, text } from "../../language.js";
import { page, reason } from "../../page.js";
import { accountFrame } from "../../parts/account-frame.js";
import { download } from "../../parts/download.js";
import { form, formState } from "../../parts/form.js";
import { shop } from "../../shop.js";
import { html, nothing } from "../../vendor/lit-html.js";

async function load() {
  const user = await shop.call("GET /users/{user_id}", { path: { user_id: "me" } });
  return { user, profile: formState(), email: formState(), erasure: formState(), problem: null };
}

function view(state, { draw }) {
  const { user } = state;
  return accountFrame(
    text.profile.greeting(user.name ?? ""),
    html`
      ${user.erases_at ? html`<p class="notice bad">${text.profile.erasedAt(date(user.erases_at))}</p>` : nothing}
      ${user.email_verified ? nothing : html`<p class="notice">${text.profile.unconfirmed}</p>`}
      ${details(state, draw)} ${email(state, draw)} ${data(state, draw)}
    `,
  );
}

function details(state, draw) {
  const { user } = state;
  const send = async ({ name, locale, marketing }) => {
    state.user = await shop.call("PATCH /users/me", { body: { name, locale, marketing: marketing === "on" } });
    if (locale.slice(0, 2) !== language && locale.slice(0, 2) in LANGUAGES) speak(locale.slice(0, 2));
    return text.saved;
  };
  const known = user.locale.slice(0, 2) in LANGUAGES ? user.locale.slice(0, 2) : "en";
  const fields = [
    { name: "name", label: text.profile.name, value: user.name, autocomplete: "name", maxlength: 100 },
    { name: "locale", label: text.profile.language, value: known, options: Object.entries(LANGUAGES) },
    { name: "marketing", label: text.profile.marketing, type: "checkbox", value: user.marketing },
  ];
  return html`<section class="part">
    <h2>${text.profile.details}</h2>
    ${form(state.profile, { fields, button: text.save, send, draw, id: "profile" })}
  </section>`;
}

function email(state, draw) {
  const send = async ({ email, password }) => {
    await shop.call("PUT /users/me/email", { body: { email, password } });
    return text.profile.emailMailed(email);
  };
  const fields = [
    { name: "email", label: text.profile.newEmail, type: "email", autocomplete: "email", maxlength: 254 },
    { name: "password", label: text.signIn.password, type: "password", autocomplete: "current-password", maxlength: 128 },
  ];
  return html`<section class="part">
    <h2>${text.signIn.email}</h2>
    <p>${state.user.email}</p>
    <details>
      <summary>${text.profile.changeEmail}</summary>
      ${form(state.email, { fields, button: text.profile.changeEmail, send, draw, quiet: true, id: "email" })}
    </details>
  </section>`;
}

function data(state, draw) {
  const save = async () => {
    try {
      const all = await shop.call("GET /users/me/export");
      download("bodega.json", "application/json", [JSON.stringify(all, null, 2)]);
    } catch (error) {
      state.problem = reason(error);
      draw();
    }
  };
  const erase = async (body) => {
    const { erases_at } = await shop.call("POST /users/me/erasure", { body, repeatable: true });
    state.user = { ...state.user, erases_at };
    return erases_at ? text.profile.erasedAt(date(erases_at)) : text.profile.kept;
  };
  const isEnding = Boolean(state.user.erases_at);
  const fields = isEnding ? [] : [{ name: "password", label: text.signIn.password, type: "password", autocomplete: "current-password", maxlength: 128 }];
  const send = ({ password }) => erase(isEnding ? { cancel: true } : { password });
  return html`<section class="part">
    <h2>${text.profile.data}</h2>
    <p>${text.profile.dataAdvice}</p>
    <p><button type="button" class="quiet" @click=${save}>${text.profile.export}</button></p>
    ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
    <details ?open=${isEnding}>
      <summary>${isEnding ? text.profile.keep : text.profile.erase}</summary>
      ${isEnding ? nothing : html`<p>${text.profile.eraseAdvice}</p>`}
      ${form(state.erasure, { fields, button: isEnding ? text.profile.keep : text.profile.erase, send, draw, danger: !isEnding, id: "erasure" })}
    </details>
  </section>`;
}

await page({ title: text.account.title, load, view, account: true });

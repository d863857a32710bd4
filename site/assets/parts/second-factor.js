// The second factor of an account: it is set up, and switched off again. Who has a role keeps it.
import { text, texts } from "../language.js";
import { shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";
import { form, formState } from "./form.js";

const { security } = await texts("security");

/** Returns the part of a page about the second factor of `state.user`, with `totp`, `enrolment` and `codes` of the state. */
export function secondFactor(state, draw) {
  const code = { name: "code", label: text.signIn.code, autocomplete: "one-time-code", inputmode: "numeric", maxlength: 40 };
  const restart = (changes) => Object.assign(state, { totp: formState() }, changes);
  const enroll = async ({ password }) => {
    const enrolment = await shop.call("POST /users/me/totp", { body: { password } });
    restart({ enrolment });
  };
  const confirm = async ({ code }) => {
    const { recovery_codes } = await shop.call("POST /users/me/totp/confirmation", { body: { code: code.trim() } });
    restart({ enrolment: null, codes: recovery_codes, user: { ...state.user, second_factor: true } });
  };
  const remove = async ({ code }) => {
    await shop.call("POST /users/me/totp/removal", { body: { code: code.trim() } });
    restart({ codes: null, user: { ...state.user, second_factor: false } });
  };
  return html`<section class="part">
    <h2>${security.second}</h2>
    ${state.codes ? recovery(state.codes) : nothing}
    ${state.user.second_factor
      ? html`<p>${security.secondOn}</p>
          ${state.user.roles.length > 0
            ? nothing
            : html`<details>
                <summary>${security.secondRemove}</summary>
                ${form(state.totp, { fields: [code], button: security.secondRemove, send: remove, draw, danger: true, id: "totp" })}
              </details>`}`
      : state.enrolment
        ? html`<p>${security.secondSecret}</p>
            <p><code class="secret">${grouped(state.enrolment.secret)}</code></p>
            <p><a href=${state.enrolment.otpauth_url}>${security.secondApp}</a></p>
            ${form(state.totp, { fields: [code], button: security.secondConfirm, send: confirm, draw, id: "totp" })}`
        : html`<p>${security.secondOff}</p>
            ${form(state.totp, {
              fields: [{ name: "password", label: text.signIn.password, type: "password", autocomplete: "current-password", maxlength: 128 }],
              button: security.secondAdd,
              send: enroll,
              draw,
              quiet: true,
              id: "totp",
            })}`}
  </section>`;
}

function grouped(secret) {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

function recovery(codes) {
  return html`<div class="notice good" role="status">
    <p>${security.codes}</p>
    <ul class="codes">
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ul>
  </div>`;
}

import { dateAndTime, text, texts } from "../../language.js";
import { page, reason } from "../../page.js";
import { accountFrame } from "../../parts/account-frame.js";
import { form, formState } from "../../parts/form.js";
import { shop } from "../../shop.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { security } = await texts("security");

async function load() {
  const [user, sessions] = await Promise.all([
    shop.call("GET /users/{user_id}", { path: { user_id: "me" } }),
    shop.call("GET /users/me/sessions"),
  ]);
  return { user, sessions: sessions.items, password: formState(), totp: formState(), enrolment: null, codes: null, problem: null };
}

function view(state, page) {
  return accountFrame(text.account.security, html`${sessions(state, page)} ${password(state, page)} ${secondFactor(state, page)}`);
}

function sessions(state, { draw }) {
  const end = async (session_id) => {
    try {
      await shop.call("DELETE /sessions/{session_id}", { path: { session_id } });
      state.sessions = state.sessions.filter((session) => session.session_id !== session_id);
      state.problem = null;
    } catch (error) {
      state.problem = reason(error);
    }
    draw();
  };
  const row = ({ session_id, device, started_at, refreshed_at, current }) => html`<li class="saved">
    <p><strong>${device ? security.device(device) : security.unknownDevice}</strong></p>
    <p class="small">${security.since(dateAndTime(started_at))} · ${security.seen(dateAndTime(refreshed_at))}</p>
    ${current
      ? html`<p class="tag">${security.current}</p>`
      : html`<p class="buttons">
          <button type="button" class="link" @click=${() => end(session_id)}>${security.end}<span class="hidden"> ${device ?? ""} ${dateAndTime(started_at)}</span></button>
        </p>`}
  </li>`;
  return html`<section class="part">
    <h2>${security.sessions}</h2>
    <p>${security.sessionsAdvice}</p>
    <ul class="saved-list">${state.sessions.map(row)}</ul>
    ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
  </section>`;
}

function password(state, { draw }) {
  const send = async ({ current_password, new_password }) => {
    await shop.call("PUT /users/me/password", { body: { current_password, new_password } });
    return security.passwordChanged;
  };
  const fields = [
    { name: "current_password", label: text.password.current, type: "password", autocomplete: "current-password", maxlength: 128 },
    { name: "new_password", label: text.password.new, type: "password", autocomplete: "new-password", minlength: 8, maxlength: 128, hint: text.password.hint },
  ];
  return html`<section class="part">
    <h2>${text.signIn.password}</h2>
    ${form(state.password, { fields, button: security.changePassword, send, draw, quiet: true, id: "password" })}
  </section>`;
}

function secondFactor(state, { draw }) {
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
          <details>
            <summary>${security.secondRemove}</summary>
            ${form(state.totp, { fields: [code], button: security.secondRemove, send: remove, draw, danger: true, id: "totp" })}
          </details>`
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

await page({ title: text.account.security, load, view, account: true });

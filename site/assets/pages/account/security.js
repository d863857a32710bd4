import { dateAndTime, text, texts } from "../../language.js";
import { page, reason } from "../../page.js";
import { accountFrame } from "../../parts/account-frame.js";
import { form, formState } from "../../parts/form.js";
import { secondFactor } from "../../parts/second-factor.js";
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
  return accountFrame(text.account.security, html`${sessions(state, page)} ${password(state, page)} ${secondFactor(state, page.draw)}`);
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

await page({ title: text.account.security, load, view, account: true });

// Who works in the shop, and what they may do.
import { ask } from "../../console/ask.js";
import { formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen } from "../../console/frame.js";
import { complain, notice } from "../../console/notice.js";
import { lookUp } from "../../console/people.js";
import { running } from "../../console/running-words.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { date } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { staff: own } = running;

async function load() {
  const fields = [
    { at: "email", label: own.email, type: "email", most: 254 },
    { at: "role", label: own.role, kind: "choice", options: [["staff", words.roles.staff], ["admin", words.roles.admin]], hint: own.roleHint, isShort: true },
  ];
  return { people: await lookUp(), form: formOf(fields, {}, { name: "invitation" }) };
}

function view(state, { draw, user }) {
  const put = (email, body) => call("PUT /admin/users/staff/{email}", { path: { email }, body });
  const invite = async ({ email, role }) => {
    const { status } = await put(email, { roles: [role] });
    saved(state.form, {}, null);
    notice(own.statuses[status](email));
    // The index of roles follows in a moment.
    if (status === "active") state.people = await lookUp();
  };
  const change = async (person, question, body) => {
    if (!(await ask(question))) return;
    try {
      const { status } = await put(person.email, body);
      const roles = status === "removed" ? [] : body.roles;
      state.people = state.people.map((one) => (one === person ? { ...one, roles, second_factor: one.second_factor && !body.reset_second_factor } : one)).filter(({ roles }) => roles.length > 0);
      notice(body.reset_second_factor ? own.isReset(person.email) : own.statuses[status](person.email));
    } catch (error) {
      complain(error);
    }
    draw();
    document.querySelector("main")?.focus();
  };
  const row = (person) => {
    const { user_id, name, email, roles, second_factor, created_at } = person;
    const isAdmin = roles.includes("admin");
    const other = isAdmin ? "staff" : "admin";
    const who = name ?? email;
    const act = (word, question, body) => html`<button type="button" class="link" @click=${() => change(person, question, body)}>${word}<span class="hidden"> ${who}</span></button>`;
    return html`<li class="row">
      <span class="row-main"><strong>${who}</strong><span class="small">${email} · ${own.since(date(created_at))}</span></span>
      <span class="row-side"><span>${second_factor ? own.factor : own.noFactor}</span></span>
      <span class="tag ${isAdmin ? "active" : ""}">${roles.map((role) => words.roles[role] ?? role).join(", ")}</span>
      ${user.isAdmin && user_id !== user.user_id
        ? html`<span class="buttons row-wide">
            ${act(own.make[other], { title: own.makeTitle[other](who), advice: own.changeAdvice, yes: own.make[other] }, { roles: [other] })}
            ${act(own.takeAway, { title: own.takeAwayTitle(who), advice: own.takeAwayAdvice, yes: own.takeAway, danger: true }, { roles: [] })}
            ${second_factor ? act(own.reset, { title: own.resetTitle(who), advice: own.resetAdvice, yes: own.reset, danger: true }, { roles, reset_second_factor: true }) : nothing}
          </span>`
        : nothing}
    </li>`;
  };
  return html`<div class="page-head"><h1>${words.pages.staff}</h1></div>
    <ul class="rows">${state.people.map(row)}</ul>
    <section class="part" aria-labelledby="invite">
      <h2 id="invite">${own.invite}</h2>
      <p>${user.isAdmin ? own.inviteAdvice : own.adminsInvite}</p>
      ${user.isAdmin ? editor(state.form, { button: own.invite, send: invite, draw }) : nothing}
    </section>`;
}

await screen({ title: words.pages.staff, load, view });

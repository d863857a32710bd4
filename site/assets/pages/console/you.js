// Who is signed in: the second factor, and how the console is used.
import { SHORTCUTS_OFF, screen } from "../../console/frame.js";
import { words } from "../../console/words.js";
import { text } from "../../language.js";
import { formState } from "../../parts/form.js";
import { secondFactor } from "../../parts/second-factor.js";
import { keep, recall } from "../../shop.js";
import { html } from "../../vendor/lit-html.js";

async function load(user) {
  return { user, totp: formState(), enrolment: null, codes: null };
}

function view(state, { draw }) {
  const { user } = state;
  const toggle = (event) => keep(SHORTCUTS_OFF, event.currentTarget.checked ? null : true);
  return html`<div class="page-head"><h1>${words.you.title}</h1></div>
    <dl class="pairs">
      <div><dt>${text.profile.name}</dt><dd>${user.name}</dd></div>
      <div><dt>${text.signIn.email}</dt><dd>${user.email}</dd></div>
      <div><dt>${words.you.role}</dt><dd>${user.roles.map((role) => words.roles[role] ?? role).join(", ")}</dd></div>
    </dl>
    ${secondFactor(state, draw)}
    <section class="part">
      <h2>${words.you.keyboard}</h2>
      <label class="check"><input type="checkbox" .checked=${!recall(SHORTCUTS_OFF)} @change=${toggle} /> <span>${words.you.slash}</span></label>
      <p class="small">${words.you.keys}</p>
    </section>
    <p><a href="/account/security">${words.you.more}</a></p>`;
}

await screen({ title: words.you.title, load, view });

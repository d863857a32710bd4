// Somebody else has saved what is being edited. What each has changed is put side by side, and what both have changed is chosen.
import { text } from "../language.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import { KINDS, typedOf } from "./kinds.js";
import { words } from "./words.js";

/** Asks what is to become of both changes. The form then has the new version with what was chosen; returns whether it is to be saved. */
export async function settle(form, reread, draw) {
  const { value, tag } = await reread();
  const theirs = typedOf(form.fields, value);
  const differs = (one, other, at) => JSON.stringify(one[at]) !== JSON.stringify(other[at]);
  const mine = form.fields.filter(({ at }) => differs(form.typed, form.base, at));
  const others = form.fields.filter(({ at }) => differs(theirs, form.base, at) && differs(theirs, form.typed, at));
  // Something else of the resource was changed, such as a price by this page itself.
  if (others.length === 0) {
    Object.assign(form, { base: theirs, tag });
    return true;
  }
  const both = others.filter((field) => mine.includes(field));
  const answer = await choose(form.typed, theirs, { mine, others, both });
  if (answer === null) return false;
  const typed = structuredClone(theirs);
  if (answer.keeps) for (const { at } of mine) if (!answer.theirs.includes(at)) typed[at] = form.typed[at];
  Object.assign(form, { base: theirs, typed, tag, errors: {}, problem: null });
  draw();
  return answer.keeps;
}

function choose(typed, theirs, { mine, others, both }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask wide";
    dialog.setAttribute("aria-labelledby", "conflict-title");
    const chosen = Object.fromEntries(both.map(({ at }) => [at, "mine"]));
    let answer = null;
    const end = (given) => {
      answer = given;
      dialog.close();
    };
    const keep = () => end({ keeps: true, theirs: both.map(({ at }) => at).filter((at) => chosen[at] === "theirs") });
    const option = (field, whose, value) => html`<label class="check">
      <input type="radio" name=${`both-${field.at}`} .checked=${chosen[field.at] === whose} @change=${() => (chosen[field.at] = whose)} />
      <span><strong>${words.conflict[whose]}</strong> ${described(field, value[field.at])}</span>
    </label>`;
    const only = others.filter((field) => !both.includes(field));
    const view = html`<h2 id="conflict-title">${words.conflict.title}</h2>
      <p>${words.conflict.advice}</p>
      ${both.map((field) => html`<fieldset class="choices"><legend>${field.label}</legend>${option(field, "mine", typed)} ${option(field, "theirs", theirs)}</fieldset>`)}
      ${only.length > 0
        ? html`<p>${words.conflict.others}</p>
            <dl class="pairs">${only.map((field) => html`<div><dt>${field.label}</dt><dd>${described(field, theirs[field.at])}</dd></div>`)}</dl>`
        : nothing}
      ${mine.length > both.length ? html`<p>${words.conflict.yours(mine.filter((field) => !both.includes(field)).map(({ label }) => label))}</p>` : nothing}
      <p class="buttons">
        <button type="button" @click=${keep}>${words.conflict.save}</button>
        <button type="button" class="quiet" @click=${() => end({ keeps: false })}>${words.conflict.drop}</button>
        <button type="button" class="link" @click=${() => dialog.close()}>${text.cancel}</button>
      </p>`;
    render(view, dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** What is in a field, in a line. */
function described(field, typed) {
  if (field.kind === "group") return field.fields.map((inner) => described(inner, typed[inner.at])).filter((shown) => shown !== words.form.nothing).join(", ") || words.form.nothing;
  if (field.kind === "list") return typed.map((item) => field.fields.map((inner) => described(inner, item[inner.at])).join(": ")).join("; ") || words.form.nothing;
  if (field.kind === "check") return typed ? words.yes : words.no;
  if (field.kind === "choice") return field.options.find(([key]) => key === typed)?.[1] ?? typed;
  if (field.kind === "money") return typed.amount === "" ? words.form.nothing : `${typed.amount} ${typed.currency}`;
  if (KINDS[field.kind]?.typed && ["ppm", "points"].includes(field.kind)) return typed === "" ? words.form.nothing : `${typed} %`;
  return typed === "" ? words.form.nothing : typed;
}

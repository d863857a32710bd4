// Forms of any shape: fields with lists and groups, what is wrong with them, and what becomes of sending one.
import { isProblem } from "../client/index.js";
import { text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { control } from "./fields.js";
import { changedNames, isChanged, note } from "./form-state.js";
import { givenOf } from "./kinds.js";
import { notice } from "./notice.js";
import { SignedOut, reason } from "./reason.js";
import { words } from "./words.js";

/** Returns a form. `send` gets the API's value, and the names of what has changed; `reread` fetches `{ value, tag }` as it is now, for when
 * somebody else was faster. `locked` says why nothing can be changed. */
export function editor(form, { button, send, reread = null, draw, locked = null, danger = false }) {
  const submit = async (event) => {
    event?.preventDefault();
    if (form.busy) return;
    const errors = {};
    const value = givenOf(form.fields, form.typed, errors);
    Object.assign(form, { errors, problem: null });
    if (Object.keys(errors).length > 0) return point(form, draw);
    form.busy = true;
    draw();
    let isToRepeat = false;
    try {
      isToRepeat = await sent(value);
    } catch (error) {
      form.problem = error instanceof SignedOut ? words.form.kept : reason(error);
      if (isProblem(error)) form.errors = Object.fromEntries(error.errors.map(({ pointer, message }) => [pointer, message]).reverse());
    }
    form.busy = false;
    if (isToRepeat) await submit();
    else if (form.problem) point(form, draw);
    else draw();
  };
  /** Returns whether it is to be sent again, since it now has what somebody else has saved. */
  const sent = async (value) => {
    try {
      await send(value, changedNames(form));
      return false;
    } catch (error) {
      if (!isProblem(error, "version_mismatch") || !reread) throw error;
      const { settle } = await import("./conflict.js");
      return settle(form, reread, draw);
    }
  };
  const discard = () => {
    const { typed } = form;
    Object.assign(form, { typed: structuredClone(form.base), errors: {}, problem: null, isRestored: false });
    note(form, draw);
    notice(words.form.discarded, async () => {
      form.typed = typed;
      note(form, draw);
    });
    document.getElementById(form.id)?.focus();
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };
  const isDirty = isChanged(form);
  return html`<form id=${form.id} class="sheet" tabindex="-1" novalidate aria-busy=${form.busy} @submit=${submit} @keydown=${keys}>
    ${form.isRestored && isDirty ? html`<p class="notice">${words.form.restored}</p>` : nothing}
    <fieldset class="sheet-fields" ?disabled=${locked !== null}>
      <legend class="hidden">${button}</legend>
      ${form.fields.map((field) => control(form, field, [field.at], draw))}
    </fieldset>
    ${form.problem ? html`<p class="notice bad" role="alert">${form.problem}</p>` : nothing}
    ${locked !== null
      ? html`<p class="notice">${locked}</p>`
      : html`<p class="buttons">
          <button type="submit" class=${danger ? "danger" : ""} aria-disabled=${form.busy ? "true" : nothing}>${form.busy ? text.sending : button}</button>
          ${isDirty ? html`<button type="button" class="link" @click=${discard}>${words.form.discard}</button>` : nothing}
        </p>`}
  </form>`;
}

/** Says what is wrong, and goes there. */
function point(form, draw) {
  const wrong = Object.keys(form.errors).length;
  if (wrong > 0 && !form.problem) form.problem = words.form.wrong(wrong);
  draw();
  /** @type {HTMLElement | null} */
  const first = document.querySelector(`#${form.id} [aria-invalid=true]`);
  first?.focus();
}

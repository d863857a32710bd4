// Forms: fields with their errors, and what becomes of sending one.
import { isProblem } from "../client/index.js";
import { text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { reason } from "./reason.js";

/** The state of a form. `send` gets its fields, and returns what to say then, if anything. */
export function formState() {
  return { busy: false, problem: null, done: null, errors: {} };
}

/** Returns a form with these fields: `{ name, label, type, value, autocomplete, hint, required, options, … }`. */
export function form(state, { fields, button, send, draw, quiet = false, danger = false, id = "form" }) {
  const submit = async (event) => {
    event.preventDefault();
    if (state.busy) return;
    const given = Object.fromEntries(new FormData(event.currentTarget));
    const element = event.currentTarget;
    Object.assign(state, { busy: true, problem: null, done: null, errors: {} });
    draw();
    try {
      state.done = (await send(given)) ?? null;
      if (element.isConnected && state.done) element.reset();
    } catch (error) {
      state.problem = reason(error);
      if (isProblem(error)) state.errors = byName(error.errors);
    }
    state.busy = false;
    draw();
    /** @type {HTMLElement | null} */
    const wrong = document.querySelector(`#${id} [aria-invalid=true]`);
    wrong?.focus();
  };
  return html`<form id=${id} class="fields" @submit=${submit} aria-busy=${state.busy}>
    ${fields.map((one) => field(one, state.errors[one.name], id))}
    ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
    ${state.done ? html`<p class="notice good" role="status">${state.done}</p>` : nothing}
    <p class="buttons"><button type="submit" class=${danger ? "danger" : quiet ? "quiet" : ""} ?disabled=${state.busy}>${state.busy ? text.sending : button}</button></p>
  </form>`;
}

/** The first error of each field, by the last part of its pointer. */
function byName(errors) {
  const named = errors.map(({ pointer, message }) => [pointer.split("/").at(-1), message]);
  return Object.fromEntries(named.reverse());
}

function field({ name, label, type = "text", value = "", hint, required = true, options, ...rest }, error, form) {
  const id = `${form}-${name}`;
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].join(" ").trim() || nothing;
  if (type === "checkbox") {
    return html`<label class="check"><input id=${id} name=${name} type="checkbox" .checked=${Boolean(value)} /> <span>${label}</span></label>`;
  }
  const control = options
    ? html`<select id=${id} name=${name} autocomplete=${rest.autocomplete ?? nothing} aria-describedby=${described}>
        ${options.map(([key, shown]) => html`<option value=${key} ?selected=${key === value}>${shown}</option>`)}
      </select>`
    : html`<input
        id=${id} name=${name} type=${type} value=${value ?? ""} ?required=${required} autocomplete=${rest.autocomplete ?? nothing}
        minlength=${rest.minlength ?? nothing} maxlength=${rest.maxlength ?? nothing} inputmode=${rest.inputmode ?? nothing}
        aria-describedby=${described} aria-invalid=${error ? "true" : nothing}
      />`;
  return html`<div class="field">
    <label for=${id}>${label}${required ? nothing : html` <span class="optional">${text.optional}</span>`}</label>
    ${control} ${hint ? html`<p class="hint" id=${`${id}-hint`}>${hint}</p>` : nothing}
    ${error ? html`<p class="error" id=${`${id}-error`}>${error}</p>` : nothing}
  </div>`;
}

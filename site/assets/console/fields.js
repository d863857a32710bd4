// The fields of a form, as they are drawn.
import { country, text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { note } from "./form-state.js";
import { POINT, typedOf } from "./kinds.js";
import { words } from "./words.js";

/** Returns a field, or a group or list of some. `path` leads to what is typed into it. */
export function control(form, field, path, draw) {
  const above = path.slice(0, -1).reduce((at, key) => at[key], form.typed);
  if (field.when && !field.when(above)) return nothing;
  if (field.kind === "group") return group(form, field, path, draw);
  if (field.kind === "list") return list(form, field, path, draw);
  const id = `${form.id}-${path.join("-")}`;
  const pointer = `/${path.join("/")}`;
  const error = errorAt(form.errors, pointer);
  const value = above[field.at];
  const hint = field.kind === "codes" ? (names(field, value) ?? field.hint) : field.hint;
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].join(" ").trim() || nothing;
  const change = (typed) => {
    above[field.at] = typed;
    if (error) delete form.errors[error.pointer];
    note(form, draw);
  };
  const common = { id, described, isWrong: error ? "true" : nothing, change };
  const optional = field.optional ? html` <span class="optional">${text.optional}</span>` : nothing;
  if (field.kind === "check") {
    return html`<div class="field">
      <label class="check"><input id=${id} type="checkbox" .checked=${value} aria-describedby=${described} @change=${(event) => change(event.currentTarget.checked)} /> <span>${field.label}</span></label>
      ${below(id, hint, error)}
    </div>`;
  }
  return html`<div class="field ${field.isShort ? "short" : ""}">
    <label for=${id}>${field.label}${optional}</label>
    ${input(field, value, common)} ${below(id, hint, error)}
  </div>`;
}

function below(id, hint, error) {
  return html`${hint ? html`<p class="hint" id=${`${id}-hint`}>${hint}</p>` : nothing} ${error ? html`<p class="error" id=${`${id}-error`}>${error.message}</p>` : nothing}`;
}

/** The error of a field: its own, or of a part of its value. */
function errorAt(errors, pointer) {
  const found = Object.keys(errors).find((at) => at === pointer || at.startsWith(`${pointer}/`));
  return found === undefined ? null : { pointer: found, message: errors[found] };
}

function input(field, value, { id, described, isWrong, change }) {
  const typed = (event) => change(event.currentTarget.value);
  switch (field.kind) {
    case "area":
      return html`<textarea id=${id} rows=${field.rows ?? 6} .value=${value} aria-describedby=${described} aria-invalid=${isWrong} @input=${typed}></textarea>`;
    case "choice":
      return html`<select id=${id} aria-describedby=${described} aria-invalid=${isWrong} @change=${typed}>
        ${field.options.map(([key, shown]) => html`<option value=${key} .selected=${key === value}>${shown}</option>`)}
      </select>`;
    case "moment":
      return html`<input id=${id} type="datetime-local" .value=${value} aria-describedby=${described} aria-invalid=${isWrong} @input=${typed} />`;
    case "money":
      return html`<span class="with-unit">
        <input id=${id} inputmode="decimal" autocomplete="off" .value=${value.amount} aria-describedby=${described} aria-invalid=${isWrong} @input=${(event) => change({ ...value, amount: event.currentTarget.value })} />
        ${currencies(field, value, id, change)}
      </span>`;
    case "ppm":
    case "points":
      return html`<span class="with-unit">
        <input id=${id} inputmode="decimal" autocomplete="off" placeholder=${`0${POINT}0`} .value=${value} aria-describedby=${described} aria-invalid=${isWrong} @input=${typed} />
        <span>%</span>
      </span>`;
    case "amount":
    case "whole":
      return html`<span class="with-unit">
        <input id=${id} inputmode=${field.kind === "whole" ? "numeric" : "decimal"} autocomplete="off" .value=${value} aria-describedby=${described} aria-invalid=${isWrong} @input=${typed} />
        ${field.unit ? html`<span>${field.unit}</span>` : nothing}
      </span>`;
    default:
      return html`<input id=${id} type=${field.type ?? "text"} maxlength=${field.most ?? nothing} autocomplete="off" spellcheck=${field.isCode ? "false" : nothing} list=${field.list ?? nothing} .value=${value} aria-describedby=${described} aria-invalid=${isWrong} @input=${typed} />`;
  }
}

/** The currency of an amount: to choose, where the shop has several. */
function currencies(field, value, id, change) {
  const all = field.currencies ?? [];
  if (all.length < 2) return html`<span>${value.currency}</span>`;
  return html`<select id=${`${id}-currency`} aria-label=${words.form.currency} @change=${(event) => change({ ...value, currency: event.currentTarget.value })}>
    ${all.map((code) => html`<option value=${code} .selected=${code === value.currency}>${code}</option>`)}
  </select>`;
}

/** What codes mean, as far as they mean something. */
function names(field, typed) {
  if (!field.isUpper || typed.trim() === "") return null;
  const codes = typed.split(/[\s,;]+/).filter(Boolean);
  const name = (code) => {
    try {
      return country(code.toUpperCase());
    } catch {
      return `${code}?`;
    }
  };
  return codes.map(name).join(", ");
}

function group(form, field, path, draw) {
  return html`<fieldset class="group ${field.isRow ? "across" : ""}">
    <legend>${field.label}${field.optional ? html` <span class="optional">${text.optional}</span>` : nothing}</legend>
    ${field.hint ? html`<p class="hint">${field.hint}</p>` : nothing}
    <div class="group-fields">${field.fields.map((inner) => control(form, inner, [...path, inner.at], draw))}</div>
  </fieldset>`;
}

function list(form, field, path, draw) {
  const above = path.slice(0, -1).reduce((at, key) => at[key], form.typed);
  const items = above[field.at];
  const id = `${form.id}-${path.join("-")}`;
  const error = form.errors[`/${path.join("/")}`];
  const change = (next, focus) => {
    above[field.at] = next;
    form.errors = {};
    note(form, draw);
    document.getElementById(focus)?.focus();
  };
  const add = () => change([...items, typedOf(field.fields, field.blank)], `${id}-${items.length}-${field.fields[0].at}`);
  const remove = (index) => change(items.toSpliced(index, 1), items.length > 1 ? `${id}-${Math.min(index, items.length - 2)}-remove` : `${id}-add`);
  const move = (index, by) => change(items.toSpliced(index, 1).toSpliced(index + by, 0, items[index]), `${id}-${index + by}-${by < 0 ? "up" : "down"}`);
  const row = (item, index) => {
    const name = field.name(item, index);
    const act = (what, word, run, isOff = false) =>
      html`<button type="button" class="link" id=${`${id}-${index}-${what}`} aria-disabled=${isOff ? "true" : nothing} @click=${() => isOff || run()}>${word}<span class="hidden"> ${name}</span></button>`;
    return html`<li class="item">
      ${field.lead ? field.lead(item) : nothing}
      <div class="item-fields" role="group" aria-label=${name}>${field.fields.map((inner) => control(form, inner, [...path, index, inner.at], draw))}</div>
      <p class="buttons">
        ${field.isOrdered && items.length > 1 ? html`${act("up", words.form.up, () => move(index, -1), index === 0)} ${act("down", words.form.down, () => move(index, 1), index === items.length - 1)}` : nothing}
        ${items.length > (field.least ?? 0) ? act("remove", words.form.remove, () => remove(index)) : nothing}
      </p>
    </li>`;
  };
  return html`<fieldset class="group">
    <legend>${field.label}</legend>
    ${field.hint ? html`<p class="hint">${field.hint}</p>` : nothing}
    <ul class="items">${items.map(row)}</ul>
    ${error ? html`<p class="error">${error}</p>` : nothing}
    ${field.add ? html`<p><button type="button" class="quiet" id=${`${id}-add`} @click=${add}>${field.add}</button></p>` : nothing}
  </fieldset>`;
}

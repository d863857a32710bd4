// What a form has: the value that was read, what is typed over it, and what is wrong with that.
import { draftOf, forgetDraft, keepDraft } from "./drafts.js";
import { typedOf } from "./kinds.js";

/** Begins a form. `fields` describe it, `value` is the API's, `tag` its version, and `name` what its draft is kept under.
 *
 * A field has `at`, `label`, `kind` (see kinds.js, or `group` and `list`), `optional`, `hint`, `when` and what its kind needs. */
export function formOf(fields, value, { name, tag = null }) {
  const base = typedOf(fields, value);
  const form = { fields, name, id: name.replace(/[^a-z0-9]+/gi, "-"), tag, base, typed: structuredClone(base), errors: {}, problem: null, busy: false, isRestored: false };
  const kept = draftOf(name);
  // What was typed is of the version that was read then: saving it tells whether that is still the one.
  if (kept && hasSameNames(base, kept.typed)) Object.assign(form, kept, { isRestored: true });
  return form;
}

/** A draft of a form that has other fields by now is of no use. */
function hasSameNames(one, other) {
  return Object.keys(one).join() === Object.keys(other).join();
}

export function isChanged(form) {
  return JSON.stringify(form.typed) !== JSON.stringify(form.base);
}

/** Continues a form with the value that was saved. */
export function saved(form, value, tag) {
  forgetDraft(form.name);
  const base = typedOf(form.fields, value);
  Object.assign(form, { base, typed: structuredClone(base), tag, errors: {}, problem: null, isRestored: false });
}

/** Notes what is typed. */
export function note(form, draw) {
  if (isChanged(form)) keepDraft(form.name, { typed: form.typed, base: form.base, tag: form.tag });
  else forgetDraft(form.name);
  draw();
}

/** The names of the fields whose value is not the one that was read. */
export function changedNames(form) {
  return form.fields.map(({ at }) => at).filter((at) => JSON.stringify(form.typed[at]) !== JSON.stringify(form.base[at]));
}

/** Takes the version of a resource that was changed elsewhere on the page, if what this form is about is still as it was. */
export function follow(form, value, tag) {
  if (JSON.stringify(typedOf(form.fields, value)) === JSON.stringify(form.base)) form.tag = tag;
}

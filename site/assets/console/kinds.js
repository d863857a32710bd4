// What kinds of value a field can have: how the API's value becomes what is typed, and what was typed the API's value.
import { locale, minorUnits } from "../language.js";
import { words } from "./words.js";

/** What was typed cannot be sent. The message says why. */
export class Wrong extends Error {}

/** The sign between units and decimals, as the reader writes it. */
export const POINT = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** Returns a whole number of smallest units as a decimal number: 1250 with 2 digits is `12.50`, and without zeros `12.5`. */
export function decimal(number, digits, keepsZeros = true) {
  const all = String(Math.abs(number)).padStart(digits + 1, "0");
  const whole = all.slice(0, all.length - digits);
  const part = digits === 0 ? "" : all.slice(-digits);
  const shown = keepsZeros ? part : part.replace(/0+$/, "");
  return `${number < 0 ? "-" : ""}${whole}${shown ? POINT + shown : ""}`;
}

/** Reads a decimal number as a whole number of smallest units, without ever being a fraction. */
export function wholeOf(typed, digits) {
  const found = typed.trim().match(/^(\d+)(?:[.,](\d+))?$/);
  const part = found?.[2] ?? "";
  if (!found) throw new Wrong(words.form.number(POINT));
  if (part.length > digits) throw new Wrong(digits === 0 ? words.form.whole : words.form.digits(digits));
  const number = Number(found[1] + part.padEnd(digits, "0"));
  if (!Number.isSafeInteger(number)) throw new Wrong(words.form.tooMuch);
  return number;
}

/** The number of decimals of a currency. */
export function digitsOf(currency) {
  return Math.round(Math.log10(minorUnits(currency)));
}

/** A moment as `datetime-local` has it: without a time zone, in the reader's. */
export function localMoment(time) {
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const line = {
  typed: (value) => value ?? "",
  given: (typed) => typed.trim() || undefined,
};

const number = (fixed) => ({
  typed: (value, { digits = fixed }) => (value === undefined || value === null ? "" : decimal(value, digits, false)),
  given: (typed, { least = 0, most = Infinity, digits = fixed }) => {
    if (typed.trim() === "") return undefined;
    const given = wholeOf(typed, digits);
    if (given < least || given > most) throw new Wrong(words.form.between(decimal(least, digits, false), most === Infinity ? "" : decimal(most, digits, false)));
    return given;
  },
});

export const KINDS = {
  line,
  area: line,
  /** An address of a page, which readers are led to. */
  https: {
    typed: line.typed,
    given: (typed) => {
      const given = line.given(typed);
      if (given && !(given.startsWith("https://") && URL.canParse(given))) throw new Wrong(words.form.https);
      return given;
    },
  },
  whole: number(0),
  /** Percent, of parts per million and of basis points. */
  ppm: number(4),
  points: number(2),
  /** An amount whose currency is another's: `digits` says how many decimals it has. */
  amount: number(2),
  choice: { typed: (value, { options }) => value ?? options[0]?.[0] ?? "", given: (typed) => typed || undefined },
  check: { typed: (value) => Boolean(value), given: (typed) => typed },
  moment: {
    typed: (value) => (value ? localMoment(value) : ""),
    given: (typed) => {
      if (!typed) return undefined;
      const time = new Date(typed);
      if (Number.isNaN(time.getTime())) throw new Wrong(words.form.moment);
      return time.toISOString();
    },
  },
  money: {
    typed: (value, { currency = "EUR" }) => ({ amount: value ? decimal(value.amount, digitsOf(value.currency)) : "", currency: value?.currency ?? currency }),
    given: ({ amount, currency }) => (amount.trim() === "" ? undefined : { amount: wholeOf(amount, digitsOf(currency)), currency }),
  },
  /** Codes of countries or languages, between commas or spaces. */
  codes: {
    typed: (value) => (value ?? []).join(", "),
    given: (typed, { isUpper = false }) => {
      const codes = typed.split(/[\s,;]+/).filter(Boolean);
      return codes.length > 0 ? codes.map((code) => (isUpper ? code.toUpperCase() : code)) : undefined;
    },
  },
};

/** Returns what is typed into fields for an API's value. */
export function typedOf(fields, value) {
  return Object.fromEntries(fields.map((field) => [field.at, typed(field, value?.[field.at])]));
}

function typed(field, value) {
  if (field.kind === "group") return typedOf(field.fields, value);
  if (field.kind === "list") return (value ?? []).map((item) => ({ ...item, ...typedOf(field.fields, item) }));
  return KINDS[field.kind ?? "line"].typed(value === undefined || value === null ? field.initial : value, field);
}

/** Returns the API's value of what was typed, and notes in `errors` what is wrong, by JSON pointer. What is not shown is not sent. */
export function givenOf(fields, typed, errors, above = "") {
  const value = {};
  for (const field of fields) {
    if (field.when && !field.when(typed)) continue;
    const given = givenIn(field, typed[field.at], errors, `${above}/${field.at}`);
    if (given !== undefined) value[field.at] = given;
  }
  return value;
}

function givenIn(field, typed, errors, pointer) {
  if (field.kind === "group") {
    if (field.optional && isBlank(field.fields, typed)) return undefined;
    return givenOf(field.fields, typed, errors, pointer);
  }
  if (field.kind === "list") {
    const items = typed.map((item, index) => ({ ...field.keeps?.(item), ...givenOf(field.fields, item, errors, `${pointer}/${index}`) }));
    if (items.length < (field.least ?? 0)) errors[pointer] = words.form.tooFew;
    return items.length === 0 && field.optional ? undefined : items;
  }
  try {
    const given = KINDS[field.kind ?? "line"].given(typed, field);
    if (given === undefined && !field.optional) errors[pointer] = words.form.missing;
    return given;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    errors[pointer] = error.message;
    return undefined;
  }
}

/** Whether nothing was typed into a group. */
function isBlank(fields, typed) {
  return JSON.stringify(typedOf(fields, undefined)) === JSON.stringify(typed);
}

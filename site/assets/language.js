// The language of the pages, its texts, and how it writes amounts and dates.
import { keep, recall } from "./shop.js";

const LANGUAGE = "bodega.language";
export const LANGUAGES = { en: "English", de: "Deutsch" };

const wanted = [recall(LANGUAGE), ...navigator.languages].map((tag) => String(tag).slice(0, 2));
export const language = wanted.find((tag) => tag in LANGUAGES) ?? "en";
document.documentElement.lang = language;

/** How the reader's country writes the language. */
export const locale = navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? { en: "en-IE", de: "de-DE" }[language];

export const { text } = language === "de" ? await import("./text/de.js") : await import("./text/en.js");

/** Returns the texts in a file of their own, which few pages need. */
export function texts(name) {
  return import(`./text/${name}.${language}.js`);
}

export function speak(next) {
  keep(LANGUAGE, next);
  location.reload();
}

export function money({ amount, currency }) {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** What something costs before promotions, which are listed by themselves. */
export function before({ total, discount }) {
  return discount ? { ...total, amount: total.amount + discount.amount } : total;
}

/** The number of a currency's minor units in its unit: 100 for EUR. */
export function minorUnits(currency) {
  return 10 ** new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

export function date(time) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date(time));
}

export function dateAndTime(time) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}

export function country(code) {
  return new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code;
}

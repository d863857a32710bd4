// The fields of settings, by kind, and how a list of them names each.
import { country } from "../language.js";
import { decimal, digitsOf } from "./kinds.js";
import { ruleFields } from "./rule-fields.js";
import { running } from "./running-words.js";

const { settings: words } = running;

/** The kinds of which there is one setting. */
export const ONLY = ["seller", "policy"];
export const SETTING_KINDS = ["seller", "market", "tax_rate", "shipping_zone", "series", "policy", "flag", "campaign"];

const code = { isCode: true, isShort: true };
const countries = { at: "countries", label: words.countries, hint: words.countriesHint, kind: "codes", isUpper: true };

/** Returns the fields of a kind. `currencies` are the shop's, and `categories` options. */
export function settingFields(kind, { currencies, categories }) {
  const [currency] = currencies;
  const money = { kind: "money", currencies, currency, isShort: true };
  switch (kind) {
    case "seller":
      return seller;
    case "market":
      return [
        countries,
        { at: "currency", label: words.currency, hint: words.currencyHint, most: 3, initial: "EUR", ...code },
        { at: "locales", label: words.locales, hint: words.localesHint, kind: "codes", optional: true },
        { at: "tax_included", label: words.taxIncluded, hint: words.taxIncludedHint, kind: "check", initial: true },
      ];
    case "tax_rate":
      return taxRate;
    case "shipping_zone":
      return [countries, shippingMethods(money)];
    case "series":
      return [
        { at: "invoices", label: words.invoices, hint: words.seriesHint, most: 10, ...code },
        { at: "credit_notes", label: words.creditNotes, most: 10, ...code },
      ];
    case "policy":
      return policy(currency);
    case "flag":
      return [
        { at: "on", label: words.on, kind: "check" },
        { at: "public", label: words.public, hint: words.publicHint, kind: "check" },
      ];
    default:
      return [{ at: "rule", label: words.rule, kind: "group", fields: ruleFields(categories, currencies) }];
  }
}

const seller = [
  { at: "name", label: words.shopName, most: 80 },
  {
    at: "address",
    label: words.address,
    hint: words.addressHint,
    kind: "group",
    fields: [
      { at: "name", label: words.tradeName, most: 100 },
      { at: "line1", label: words.line1, most: 200 },
      { at: "line2", label: words.line2, optional: true, most: 200 },
      { at: "postal_code", label: words.postalCode, optional: true, most: 200, isShort: true },
      { at: "city", label: words.city, most: 200 },
      { at: "region", label: words.region, optional: true, most: 200 },
      { at: "country", label: words.country, hint: words.countryHint, most: 2, ...code },
    ],
  },
  { at: "vat_id", label: words.vatId, optional: true, most: 20, ...code },
  { at: "oss", label: words.oss, hint: words.ossHint, kind: "check" },
];

const taxRate = [
  { at: "country", label: words.country, hint: words.countryHint, most: 2, ...code },
  { at: "region", label: words.region, hint: words.taxRegionHint, optional: true, most: 200, isShort: true },
  { at: "tax_code", label: words.taxCode, hint: words.taxCodeHint, initial: "standard", most: 40, ...code },
  { at: "ppm", label: words.rate, kind: "ppm", most: 1_000_000, isShort: true },
  { at: "valid_from", label: words.validFrom, hint: words.validFromHint, kind: "moment", isShort: true },
  { at: "source", label: words.source, hint: words.sourceHint, most: 300 },
];

function policy(currency) {
  return [
    { at: "return_days", label: words.returnDays, hint: words.returnDaysHint, kind: "whole", unit: words.days, most: 3650, initial: 14, isShort: true },
    { at: "customer_may_cancel", label: words.mayCancel, kind: "check", initial: true },
    { at: "assume_delivered_days", label: words.deliveredDays, kind: "whole", unit: words.days, most: 365, initial: 7, isShort: true },
    { at: "staff_refund_limit", label: words.refundLimit, hint: words.refundLimitHint, kind: "amount", digits: digitsOf(currency), unit: currency, initial: 20_000, isShort: true },
    { at: "capture", label: words.capture, hint: words.captureHint, kind: "choice", options: Object.entries(words.captures), isShort: true },
    { at: "terms_version", label: words.termsVersion, hint: words.termsVersionHint, optional: true, most: 80, isShort: true },
  ];
}

function shippingMethods(money) {
  const isPriced = (how) => (method) => method.priced === how;
  return {
    at: "methods",
    label: words.methods,
    hint: words.methodsHint,
    kind: "list",
    isOrdered: true,
    add: words.addMethod,
    name: (method, index) => method.title || words.method(index + 1),
    fields: [
      { at: "title", label: words.methodTitle, most: 80 },
      { at: "id", label: words.methodId, hint: words.methodIdHint, most: 60, ...code },
      { at: "priced", label: words.priced, kind: "choice", options: ["price", "by_weight", "by_value"].map((how) => [how, words.pricedBy[how]]), isShort: true },
      { at: "price", label: words.price, when: isPriced("price"), ...money },
      tiers("by_weight", { at: "up_to_g", label: words.upTo, kind: "whole", unit: "g", least: 1, isShort: true }, isPriced, money),
      tiers("by_value", { at: "from", label: words.fromValue, ...money }, isPriced, money),
      { at: "free_from", label: words.freeFrom, optional: true, ...money },
      {
        at: "days",
        label: words.takes,
        kind: "group",
        optional: true,
        isRow: true,
        fields: [
          { at: "least", label: words.leastDays, kind: "whole", unit: words.days, isShort: true },
          { at: "most", label: words.mostDays, kind: "whole", unit: words.days, isShort: true },
        ],
      },
    ],
  };
}

function tiers(at, bound, isPriced, money) {
  return {
    at,
    label: words.pricedBy[at],
    kind: "list",
    optional: true,
    when: isPriced(at),
    add: words.addTier,
    name: (_, index) => words.tier(index + 1),
    fields: [bound, { at: "price", label: words.price, ...money }],
  };
}

/** Returns a setting as its form has it. How a way of shipping is priced is said by what it has. */
export function shaped(kind, value) {
  if (kind !== "shipping_zone" || !value?.methods) return value;
  const priced = ({ by_weight, by_value }) => (by_weight?.length ? "by_weight" : by_value?.length ? "by_value" : "price");
  return { ...value, methods: value.methods.map((method) => ({ ...method, priced: priced(method) })) };
}

/** Returns what a form gives as the API takes it, with what `before` has and this form does not know. */
export function unshaped(kind, given, before, fields) {
  const known = new Set(fields.map(({ at }) => at));
  const unknown = Object.entries(before ? withoutEntry(before) : {}).filter(([name]) => !known.has(name));
  const value = { ...Object.fromEntries(unknown), ...given };
  if (kind === "shipping_zone") value.methods = value.methods.map(({ priced, ...method }) => method);
  for (const name of ["currency", "country", "vat_id"]) if (typeof value[name] === "string") value[name] = value[name].toUpperCase();
  if (kind === "seller") value.address = { ...value.address, country: value.address.country.toUpperCase() };
  return value;
}

/** Returns a setting as it is put, without what is said of its entry. */
export function withoutEntry({ id, kind, version, changed_at, changed_by, ...value }) {
  return value;
}

/** Returns what a list says of a setting: its name, and more. */
export function summary(kind, value) {
  const all = (codes) => (codes.length > 4 ? words.many(codes.length) : codes.map(country).join(", "));
  switch (kind) {
    case "market":
      return [value.id, `${value.currency} · ${all(value.countries)}`];
    case "shipping_zone":
      return [value.id, `${all(value.countries)} · ${value.methods.map(({ title }) => title).join(", ") || words.nothingSent}`];
    case "series":
      return [value.id, `${value.invoices} / ${value.credit_notes}`];
    case "flag":
      return [value.id, value.on ? words.on : words.off];
    case "tax_rate":
      return [`${country(value.country)}${value.region ? `, ${value.region}` : ""}`, `${decimal(value.ppm, 4, false)} % ${value.tax_code}`];
    default:
      return [value.id, running.rule.types[value.rule?.type] ?? ""];
  }
}

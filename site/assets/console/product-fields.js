// The fields of products and of their variants.
import { catalogue } from "./catalogue-words.js";

const { fields: words } = catalogue;

export const STATUSES = ["active", "draft", "archived"];

export function statusOptions() {
  return STATUSES.map((status) => [status, catalogue.states[status]]);
}

const operator = [
  { at: "name", label: words.operatorName, most: 300 },
  { at: "postal_address", label: words.postalAddress, most: 300 },
  { at: "electronic_address", label: words.electronicAddress, most: 300 },
];

export function productFields(categories) {
  return [
    { at: "title", label: words.title, most: 200 },
    { at: "slug", label: words.slug, hint: words.slugHint, isCode: true, most: 80 },
    { at: "status", label: words.status, kind: "choice", options: statusOptions(), isShort: true },
    { at: "category", label: words.category, kind: "choice", options: categories },
    { at: "description", label: words.description, kind: "area" },
    {
      at: "attributes",
      label: words.attributes,
      hint: words.attributesHint,
      kind: "list",
      isOrdered: true,
      add: words.addAttribute,
      name: (item, index) => item.name || words.attribute(index + 1),
      fields: [
        { at: "name", label: words.attributeName, most: 40 },
        { at: "value", label: words.attributeValue, most: 200 },
      ],
    },
    { at: "manufacturer", label: words.manufacturer, hint: words.manufacturerHint, kind: "group", optional: true, fields: operator },
    { at: "responsible_person", label: words.responsible, hint: words.responsibleHint, kind: "group", optional: true, fields: operator },
  ];
}

/** The fields of a variant, besides its SKU and its price. */
export function variantFields() {
  return [
    { at: "title", label: words.variantTitle, hint: words.variantTitleHint, most: 200 },
    { at: "tax_rate", label: words.taxRate, hint: words.taxRateHint, kind: "points", most: 10_000, initial: 0, isShort: true },
    {
      at: "goods",
      label: words.goods,
      kind: "group",
      fields: [
        { at: "weight_g", label: words.weight, kind: "whole", unit: "g", least: 1, most: 1_000_000, optional: true, isShort: true },
        { at: "tax_code", label: words.taxCode, hint: words.taxCodeHint, isCode: true, initial: "standard", most: 40, isShort: true },
        { at: "no_withdrawal", label: words.noWithdrawal, hint: words.noWithdrawalHint, kind: "check" },
      ],
    },
    {
      at: "content",
      label: words.content,
      hint: words.contentHint,
      kind: "group",
      optional: true,
      isRow: true,
      fields: [
        { at: "amount", label: words.contentAmount, kind: "whole", least: 1, isShort: true },
        { at: "unit", label: words.contentUnit, kind: "choice", options: [["g", "g"], ["ml", "ml"], ["cm", "cm"]], isShort: true },
      ],
    },
  ];
}

export function skuField() {
  return { at: "sku", label: words.sku, hint: words.skuHint, isCode: true, most: 40, isShort: true };
}

export function priceField(currencies, currency) {
  return { at: "price", label: words.price, hint: words.priceHint, kind: "money", currencies, currency, isShort: true };
}

/** Returns a slug for a title. */
export function slugOf(title) {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").replace(/ß/g, "ss").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80);
}

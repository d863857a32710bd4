// The fields of what a promotion does.
import { running } from "./running-words.js";

const { rule: words } = running;

const isOf = (...types) => (rule) => types.includes(rule.type);
const isAbout = (target) => (rule) => rule.target === target && rule.type !== "free_shipping";

/** Returns the fields of a rule. `categories` are options, and `currencies` those of amounts. */
export function ruleFields(categories, currencies) {
  const [currency] = currencies;
  const choices = (names, shown) => names.map((name) => [name, shown[name]]);
  return [
    { at: "type", label: words.type, kind: "choice", options: choices(["percent", "fixed", "free_shipping", "buy_x_get_y"], words.types), isShort: true },
    { at: "rate", label: words.rate, kind: "ppm", least: 1, most: 1_000_000, when: isOf("percent"), isShort: true },
    { at: "amount", label: words.amount, kind: "money", currencies, currency, when: isOf("fixed"), isShort: true },
    { at: "paid", label: words.paid, kind: "whole", least: 1, most: 99, when: isOf("buy_x_get_y"), isShort: true },
    { at: "free", label: words.free, kind: "whole", least: 1, most: 99, when: isOf("buy_x_get_y"), isShort: true },
    { at: "target", label: words.target, kind: "choice", options: choices(["order", "category", "sku"], words.targets), when: (rule) => rule.type !== "free_shipping", isShort: true },
    { at: "category", label: words.category, kind: "choice", options: categories, when: isAbout("category") },
    { at: "sku", label: words.sku, isCode: true, most: 40, when: isAbout("sku"), isShort: true },
    { at: "min_subtotal", label: words.least, hint: words.leastHint, kind: "money", currencies, currency, optional: true, isShort: true },
    { at: "from", label: words.from, kind: "moment", initial: new Date().toISOString(), isShort: true },
    { at: "until", label: words.until, hint: words.untilHint, kind: "moment", optional: true, isShort: true },
    { at: "combinable", label: words.combinable, hint: words.combinableHint, kind: "check" },
  ];
}

/** Returns what a rule does, in a line. */
export function effect({ type, rate, amount, paid, free }, { percent, money }) {
  switch (type) {
    case "percent":
      return words.effects.percent(percent(rate ?? 0));
    case "fixed":
      return words.effects.fixed(money(amount));
    case "buy_x_get_y":
      return words.effects.buy_x_get_y(paid, free);
    default:
      return words.types[type] ?? type;
  }
}

// The fields of a postal address, in the order in which forms ask for them.
import { text } from "../language.js";
import { countries } from "./countries.js";

/** Returns the fields, filled with a known address. `codes` are the countries to choose from, all if there are none. */
export function addressFields(known, codes = []) {
  const words = text.addresses.fields;
  const offered = countries().filter(([code]) => codes.length === 0 || codes.includes(code));
  return [
    { name: "name", label: words.name, value: known.name, autocomplete: "name", maxlength: 100 },
    { name: "line1", label: words.line1, value: known.line1, autocomplete: "address-line1", maxlength: 200 },
    { name: "line2", label: words.line2, value: known.line2, autocomplete: "address-line2", required: false, maxlength: 200 },
    { name: "postal_code", label: words.postal_code, value: known.postal_code, autocomplete: "postal-code", required: false, maxlength: 200 },
    { name: "city", label: words.city, value: known.city, autocomplete: "address-level2", maxlength: 200 },
    { name: "region", label: words.region, value: known.region, autocomplete: "address-level1", required: false, maxlength: 200 },
    { name: "country", label: words.country, value: known.country, autocomplete: "country", options: offered },
  ];
}

/** Returns the address that a form was filled with. What was left empty is left out.
 *
 * @param {Record<string, any>} given */
export function givenAddress({ name, line1, city, country, line2, postal_code, region }) {
  const filled = Object.entries({ line2, postal_code, region }).filter(([, value]) => (value ?? "").trim() !== "");
  return { name, line1, city, country, ...Object.fromEntries(filled) };
}

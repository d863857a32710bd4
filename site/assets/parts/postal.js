// A postal address, in lines.
import { country } from "../language.js";
import { html } from "../vendor/lit-html.js";

/** Returns an address. Each line is written in the direction of its own script. */
export function postal({ name, line1, line2, city, region, postal_code, country: code }) {
  const lines = [name, line1, line2, [postal_code, city].filter(Boolean).join(" "), region, country(code)];
  return html`<address>${lines.filter(Boolean).map((line) => html`<span dir="auto">${line}</span>`)}</address>`;
}

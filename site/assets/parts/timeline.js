// What happened to an order.
import { dateAndTime, money, texts } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";

const { timeline: words } = await texts("timeline");

/** The timeline of an order, oldest first. The staff see who has done what. */
export function timeline({ timeline = [], lines }, isForStaff = false) {
  return html`<ol class="timeline">
    ${timeline.map(
      (entry) => html`<li>
        <span>${words.what[entry.what] ?? words.other}</span>
        ${details(entry, lines)}
        <time datetime=${entry.at}>${dateAndTime(entry.at)}</time>
        ${isForStaff ? html`<p class="small">${words.by[entry.by.kind] ?? words.other}${entry.public ? nothing : html` · ${words.hidden}`}</p>` : nothing}
      </li>`,
    )}
  </ol>`;
}

function details({ data }, ordered) {
  const { lines = [], amount, carrier, reason, text } = /** @type {any} */ (data ?? {});
  const pieces = lines.map(({ sku, quantity }) => `${quantity} × ${ordered.find((line) => line.sku === sku)?.title ?? sku}`);
  const all = [pieces.join(", "), amount ? money(amount) : "", carrier ?? "", reason ?? ""].filter(Boolean);
  return html`${all.length > 0 ? html`<p class="small">${all.join(" · ")}</p>` : nothing} ${text ? html`<p class="note">${text}</p>` : nothing}`;
}

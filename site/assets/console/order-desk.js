// What happened to an order. It is loaded once somebody asks for it.
import { timeline } from "../parts/timeline.js";
import { html } from "../vendor/lit-html.js";
import { orders as own } from "./orders-words.js";

export function desk({ order }) {
  return html`<section class="part" aria-labelledby="history">
    <h2 id="history">${own.history}</h2>
    ${timeline(order, true)}
  </section>`;
}

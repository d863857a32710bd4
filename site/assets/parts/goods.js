// Products on a shelf: picture, title, price.
import { money, text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { picture } from "./picture.js";

/** A little less than it is, since a phone with 1.75 pixels in one would miss the size of 320 by a hair. */
const SIZES = "(min-width: 70rem) 16rem, (min-width: 40rem) 30vw, 42vw";

/** Returns a list of product cards. The first `eager` pictures are seen at once. */
export function goods(cards, { eager = 0, level = 3 } = {}) {
  return html`<ul class="goods">
    ${cards.map((card, index) => html`<li>${one(card, index < eager, level)}</li>`)}
  </ul>`;
}

function one({ slug, title, image, price, highest_price, in_stock }, eager, level) {
  const from = highest_price.amount > price.amount;
  const name = html`<a href=${`/p/${slug}`}>${title}</a>`;
  return html`<article class="card">
    ${picture(image, { sizes: SIZES, eager, alt: "" })}
    ${level === 2 ? html`<h2>${name}</h2>` : html`<h3>${name}</h3>`}
    <p class="ticket">${from ? text.from(money(price)) : money(price)}</p>
    ${in_stock ? nothing : html`<p class="card-note">${text.product.soldOut}</p>`}
  </article>`;
}

/** What shelves look like before there is anything on them. */
export function bones() {
  return html`<div class="bone bone-title"></div>
    <div class="goods">${Array.from({ length: 8 }, () => html`<div class="bone bone-picture"></div>`)}</div>`;
}

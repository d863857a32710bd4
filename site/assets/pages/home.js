import { text } from "../language.js";
import { bones, page, shelves } from "../page.js";
import { goods } from "../parts/goods.js";
import { picture } from "../parts/picture.js";
import { shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const SHELVES = 4;
const ON_A_SHELF = 4;
const IN_THE_WINDOW = 3;

async function load() {
  const tree = await shelves();
  const found = await Promise.all(tree.slice(0, SHELVES).map(({ slug }) => search({ category: slug, limit: ON_A_SHELF + 1 })));
  // The window has something of each shelf that is not in front of it, so that it shows what kind of shop this is.
  const window = found.flatMap((cards) => cards.slice(ON_A_SHELF)).filter(({ image }) => image);
  const rows = found.map((cards, index) => ({ category: tree[index], cards: cards.slice(0, ON_A_SHELF) }));
  return { rows: rows.filter(({ cards }) => cards.length > 0), window: window.slice(0, IN_THE_WINDOW) };
}

async function search(query) {
  return (await shop.call("GET /search", { query, anonymous: true })).items;
}

function view({ rows, window }) {
  return html`
    <section class="window">
      <div class="window-words">
        <h1>${text.home.title}</h1>
        <p>${text.home.words}</p>
      </div>
      ${window.length > 0
        ? html`<ul class="window-goods">
            ${window.map(
              ({ slug, title, image }) => html`<li>
                <a href=${`/p/${slug}`}>${picture(image, { sizes: "(min-width: 60rem) 22rem, 45vw", eager: true, alt: title })}</a>
              </li>`,
            )}
          </ul>`
        : nothing}
    </section>
    ${rows.length === 0 ? html`<p class="empty">${text.home.empty}</p>` : nothing}
    ${rows.map(
      ({ category: { slug, title }, cards }) => html`<section class="row" aria-labelledby=${`row-${slug}`}>
        <div class="row-head">
          <h2 id=${`row-${slug}`}>${title}</h2>
          <a href=${`/c/${slug}`}>${text.home.all(title)}</a>
        </div>
        ${goods(cards)}
      </section>`,
    )}
  `;
}

await page({ title: "", load, view, skeleton: bones });

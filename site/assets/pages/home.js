import { text } from "../language.js";
import { page, reason, shelves } from "../page.js";
import { bones, goods } from "../parts/goods.js";
import { picture } from "../parts/picture.js";
import { shop } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const SHELVES = 4;
const ON_A_SHELF = 4;
const IN_THE_WINDOW = 3;
/** How wide the pictures in the window are. */
const LARGE = "(min-width: 56rem) 22rem, 55vw";
const SMALL = "(min-width: 56rem) 14rem, 34vw";

/** What is seen first. The document has it fetched before this runs. */
async function load() {
  const window = await search({ sort: "newest", in_stock: true, limit: IN_THE_WINDOW });
  return { window: window.filter(({ image }) => image), rows: null, problem: null };
}

async function search(query) {
  return (await shop.call("GET /search", { query, anonymous: true })).items;
}

/** What is below the window: a few articles of each shelf that are not in it. */
async function fill(state) {
  const seen = new Set(state.window.map(({ slug }) => slug));
  try {
    const tree = (await shelves()).slice(0, SHELVES);
    const rows = tree.map(async (category) => {
      const cards = await search({ category: category.slug, limit: ON_A_SHELF + IN_THE_WINDOW });
      return { category, cards: cards.filter(({ slug }) => !seen.has(slug)).slice(0, ON_A_SHELF) };
    });
    state.rows = (await Promise.all(rows)).filter(({ cards }) => cards.length > 0);
  } catch (error) {
    Object.assign(state, { rows: [], problem: reason(error) });
  }
}

function view(state, { draw }) {
  if (!state.isFilling) {
    state.isFilling = true;
    void fill(state).then(draw);
  }
  const { window, rows, problem } = state;
  const isEmpty = window.length === 0 && rows?.length === 0;
  return html`
    ${shopWindow(window.map(({ slug, title, image }, index) => html`<a href=${`/p/${slug}`}>${picture(image, { sizes: index === 0 ? LARGE : SMALL, eager: index === 0, alt: title })}</a>`))}
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : nothing} ${isEmpty && !problem ? html`<p class="empty">${text.home.empty}</p>` : nothing}
    ${rows ? rows.map(row) : html`<div class="row wait" aria-busy="true">${bones()}</div>`}
  `;
}

function shopWindow(pictures) {
  return html`<section class="window">
    <div class="window-words">
      <h1>${text.home.title}</h1>
      <p>${text.home.words}</p>
    </div>
    <ul class="window-goods">
      ${pictures.map((one) => html`<li>${one}</li>`)}
    </ul>
  </section>`;
}

function row({ category: { slug, title }, cards }) {
  return html`<section class="row" aria-labelledby=${`row-${slug}`}>
    <div class="row-head">
      <h2 id=${`row-${slug}`}>${title}</h2>
      <a href=${`/c/${slug}`}>${text.home.all(title)}</a>
    </div>
    ${goods(cards)}
  </section>`;
}

const skeleton = () => shopWindow(Array.from({ length: IN_THE_WINDOW }, () => html`<div class="bone bone-picture"></div>`));
await page({ title: "", load, view, skeleton });

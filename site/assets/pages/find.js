import { text } from "../language.js";
import { page, shelves } from "../page.js";
import { bones } from "../parts/goods.js";
import { asked, results, shown } from "../parts/results.js";
import { html, nothing } from "../vendor/lit-html.js";

async function load() {
  const [tree, found] = await Promise.all([shelves(), results(asked())]);
  return { titles: titles(tree), found };
}

/** Returns the title of each category, by its slug. */
function titles(tree) {
  return new Map(tree.flatMap(({ slug, title, children }) => [[slug, title], ...titles(children)]));
}

function view({ titles, found }, page) {
  const { q, category } = found.query;
  const to = (slug) => {
    const address = new URLSearchParams(location.search);
    if (slug) address.set("category", slug);
    else address.delete("category");
    return `/find?${address}`;
  };
  const counted = found.facets.categories.filter(({ category: slug }) => titles.has(slug));
  return html`
    <div class="title">
      <h1>${q ? text.search.for(q) : text.search.all}</h1>
      ${counted.length > 1 || category
        ? html`<ul class="chips" aria-label=${text.shelves}>
            ${category ? html`<li><a href=${to(null)}>${text.search.everywhere}</a></li>` : nothing}
            ${counted.map(
              ({ category: slug, count }) => html`<li>
                <a href=${to(slug)} aria-current=${slug === category ? "true" : nothing}>${titles.get(slug)} <span class="chip-count">${count}</span></a>
              </li>`,
            )}
          </ul>`
        : nothing}
    </div>
    ${shown(found, page)}
  `;
}

const words = asked().q;
await page({ title: words ? text.search.for(words) : text.search.all, load, view, skeleton: bones });

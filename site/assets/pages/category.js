import { page, shelves, showNotFound } from "../page.js";
import { bones } from "../parts/goods.js";
import { asked, results, shown } from "../parts/results.js";
import { text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";

const slug = decodeURIComponent(location.pathname.split("/")[2] ?? "");

/** Returns the categories from the first level to this one. */
function path(tree, above = []) {
  for (const category of tree) {
    const here = [...above, category];
    if (category.slug === slug) return here;
    const below = path(category.children, here);
    if (below) return below;
  }
  return null;
}

async function load() {
  const [tree, found] = await Promise.all([shelves(), results({ ...asked(), q: undefined, category: slug })]);
  return { trail: path(tree), found };
}

function view({ trail, found }, page) {
  if (!trail) {
    // Only a category without products can be unknown.
    queueMicrotask(() => showNotFound(document.querySelector("main")));
    return nothing;
  }
  const category = trail.at(-1);
  const above = trail.slice(0, -1);
  return html`
    <div class="title">
      ${above.length > 0
        ? html`<nav class="trail" aria-label=${text.trail}>
            <ol>
              ${above.map((one) => html`<li><a href=${`/c/${one.slug}`}>${one.title}</a></li>`)}
            </ol>
          </nav>`
        : nothing}
      <h1>${category.title}</h1>
      ${category.children.length > 0
        ? html`<ul class="chips" aria-label=${text.shelvesIn(category.title)}>
            ${category.children.map((one) => html`<li><a href=${`/c/${one.slug}`}>${one.title}</a></li>`)}
          </ul>`
        : nothing}
    </div>
    ${shown(found, page, ["category"])}
  `;
}

await page({ title: ({ trail }) => trail?.at(-1).title ?? "", load, view, skeleton: bones });

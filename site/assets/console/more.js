// Lists that are longer than a page.
import { text } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { complain } from "./notice.js";

/** Returns the button that adds another page to `list`, as long as there is one. `page` fetches the page at a cursor. */
export function more(list, page, draw) {
  if (!list.cursor) return nothing;
  const add = async () => {
    try {
      const { items, next_cursor } = await page(list.cursor);
      Object.assign(list, { items: [...list.items, ...items], cursor: next_cursor ?? null });
    } catch (error) {
      complain(error);
    }
    draw();
    if (!list.cursor) document.querySelector("main")?.focus();
  };
  return html`<p class="more"><button type="button" class="quiet" @click=${add}>${text.results.more}</button></p>`;
}

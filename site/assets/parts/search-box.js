// The search in the header, with suggestions (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/).
import { text } from "../language.js";
import { shop } from "../shop.js";
import { html, render } from "../vendor/lit-html.js";

const PAUSE = 150;
const SUGGESTED = 6;

let pending;
let found = [];
let chosen = -1;

/** Returns the form. It works without suggestions, and so without a connection to fetch them. */
export function searchBox() {
  const words = location.pathname === "/find" ? (new URLSearchParams(location.search).get("q") ?? "") : "";
  return html`
    <form class="search" role="search" action="/find" @focusout=${leave}>
      <label class="hidden" for="q">${text.search.label}</label>
      <input
        id="q" name="q" type="search" required maxlength="100" autocomplete="off" placeholder=${text.search.label} value=${words}
        role="combobox" aria-expanded="false" aria-controls="suggestions" aria-autocomplete="list"
        @input=${suggest} @keydown=${choose}
      />
      <button type="submit">${text.search.button}</button>
      <ul id="suggestions" role="listbox" aria-label=${text.search.suggestions} hidden></ul>
    </form>
  `;
}

async function suggest(event) {
  const input = event.target;
  pending?.abort();
  const { signal } = (pending = new AbortController());
  const words = input.value.trim();
  if (words.length < 2) {
    show(input, []);
    return;
  }
  try {
    await new Promise((resolve, reject) => {
      setTimeout(resolve, PAUSE);
      signal.addEventListener("abort", reject);
    });
    const { items } = await shop.call("GET /search", { query: { q: words, limit: SUGGESTED }, anonymous: true, signal });
    show(input, items);
  } catch {
    // Typed on, or there is no reply. Searching still works, or says why it does not.
    if (!signal.aborted) show(input, []);
  }
}

function show(input, items) {
  found = items;
  chosen = -1;
  draw(input);
}

function draw(input) {
  const list = input.form.querySelector("[role=listbox]");
  list.hidden = found.length === 0;
  input.setAttribute("aria-expanded", String(found.length > 0));
  if (chosen >= 0) input.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
  else input.removeAttribute("aria-activedescendant");
  const option = ({ slug, title }, index) =>
    html`<li id=${`suggestion-${index}`} role="option" aria-selected=${index === chosen} @pointerdown=${() => open(slug)}>${title}</li>`;
  render(found.map(option), list);
}

function choose(event) {
  const input = event.target;
  const { length } = found;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves && length > 0) {
    chosen = (chosen + moves[event.key] + length + (chosen === -1 && event.key === "ArrowUp" ? 1 : 0)) % length;
    draw(input);
  } else if (event.key === "Escape" && length > 0) show(input, []);
  else if (event.key === "Enter" && chosen >= 0) open(found[chosen].slug);
  else return;
  event.preventDefault();
}

function leave(event) {
  const form = event.currentTarget;
  if (!form.contains(event.relatedTarget)) show(form.querySelector("input"), []);
}

function open(slug) {
  location.assign(`/p/${slug}`);
}

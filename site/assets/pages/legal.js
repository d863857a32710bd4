import { text, texts } from "../language.js";
import { page, showNotFound } from "../page.js";
import { html } from "../vendor/lit-html.js";

const name = location.pathname.split("/")[2] ?? "";
const { legal } = await texts("legal");

function view() {
  return html`<article class="prose">
    <h1>${text.legal[name].title}</h1>
    ${legal[name].map(
      ([heading, ...parts]) => html`<h2>${heading}</h2>
        ${parts.map((part) => html`<p>${part}</p>`)}`,
    )}
  </article>`;
}

if (name in legal) await page({ title: text.legal[name].title, view });
else showNotFound();

// An import, which may still run.
import { catalogue } from "../../console/catalogue-words.js";
import { screen } from "../../console/frame.js";
import { read, report, watch } from "../../console/import-report.js";
import { words } from "../../console/words.js";
import { html } from "../../vendor/lit-html.js";

async function load() {
  return { report: await read(location.pathname.split("/")[3] ?? "") };
}

function view(state, { draw }) {
  watch(state, draw);
  return html`<nav class="trail" aria-label=${catalogue.trail}>
      <ol>
        <li><a href="/console/imports">${words.pages.imports}</a></li>
      </ol>
    </nav>
    <div class="page-head"><h1>${catalogue.imports.one}</h1></div>
    ${report(state.report)}`;
}

await screen({ title: catalogue.imports.one, load, view });

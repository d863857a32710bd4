// The kinds of settings.
import { screen } from "../../console/frame.js";
import { running } from "../../console/running-words.js";
import { SETTING_KINDS } from "../../console/setting-fields.js";
import { words } from "../../console/words.js";
import { html } from "../../vendor/lit-html.js";

function view() {
  return html`<div class="page-head"><h1>${words.pages.settings}</h1></div>
    <p class="small">${running.settings.advice}</p>
    <ul class="rows">
      ${SETTING_KINDS.map(
        (kind) => html`<li class="row">
          <span class="row-main"><a href=${`/console/settings/${kind}`}>${running.kinds[kind]}</a><span class="small">${running.about[kind]}</span></span>
        </li>`,
      )}
    </ul>`;
}

await screen({ title: words.pages.settings, view });

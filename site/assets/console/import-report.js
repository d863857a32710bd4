// What has become of an imported file.
import { dateAndTime } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { catalogue } from "./catalogue-words.js";
import { call } from "./session.js";
import { words as all } from "./words.js";

const { imports: words } = catalogue;
const PAUSE = 1_000;

export function read(import_id) {
  return call("GET /admin/catalogue/imports/{import_id}", { path: { import_id } });
}

/** Whether an import is not done. */
export function isRunning({ status }) {
  return ["awaiting", "checking", "running"].includes(status);
}

/** Looks again as long as the import runs and somebody looks at the page. */
export function watch(state, draw, done = () => undefined) {
  if (state.isWatched || !state.report || !isRunning(state.report)) return;
  state.isWatched = true;
  setTimeout(async () => {
    state.isWatched = false;
    if (!document.hidden) {
      try {
        state.report = await read(state.report.import_id);
        if (!isRunning(state.report)) done();
      } catch {
        // The next look may have more luck.
      }
    }
    draw();
  }, PAUSE);
}

export function report({ import_id, status, dry_run, counts, failed, rows, requested_at }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const names = ["created", "updated", "unchanged", "failed"];
  return html`<section class="part" aria-labelledby="report">
    <h2 id="report">${dry_run ? words.dryReport : words.report}</h2>
    <p class="small">${dateAndTime(requested_at)} · <code>${import_id}</code></p>
    <p role="status"><span class="tag">${all.imports[status] ?? status}</span> ${rows ? words.rows(total, rows) : nothing}</p>
    ${isRunning({ status }) && rows ? html`<progress max=${rows} .value=${total} aria-label=${words.report}></progress>` : nothing}
    <dl class="figures">${names.map((name) => html`<div><dt>${words.counts[name]}</dt><dd>${counts[name]}</dd></div>`)}</dl>
    ${failed.length > 0
      ? html`<h3 id="failed">${words.failed}</h3>
          <div class="scrolls" tabindex="0" role="group" aria-labelledby="failed">
            <table class="table">
              <thead><tr><th scope="col" class="amount">${words.row}</th><th scope="col">${words.place}</th><th scope="col">${words.why}</th></tr></thead>
              <tbody>${failed.map(({ row, column, pointer, code, message }) => html`<tr><th scope="row" class="amount">${row}</th><td>${column ?? pointer ?? "–"}</td><td>${all.refused[code] ?? message}</td></tr>`)}</tbody>
            </table>
          </div>`
      : nothing}
  </section>`;
}

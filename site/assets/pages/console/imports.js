// Files of products: in, at first to see what would change, and out.
import { catalogue } from "../../console/catalogue-words.js";
import { screen } from "../../console/frame.js";
import { isRunning, read, report, watch } from "../../console/import-report.js";
import { myImports, rememberImport } from "../../console/my-imports.js";
import { complain, notice } from "../../console/notice.js";
import { statusOptions } from "../../console/product-fields.js";
import { reason } from "../../console/reason.js";
import { call } from "../../console/session.js";
import { put, sha256 } from "../../console/upload.js";
import { words } from "../../console/words.js";
import { dateAndTime } from "../../language.js";
import { download } from "../../parts/download.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { imports: own } = catalogue;
const MOST_BYTES = 50 * 1024 * 1024;

async function load() {
  const earlier = await Promise.all(myImports().map((id) => read(id).catch(() => null)));
  return { earlier: earlier.filter(Boolean), file: null, report: null, progress: null, problem: null, exported: null };
}

/** @returns {"csv" | "jsonl" | null} */
function formatOf({ name }) {
  if (/\.csv$/i.test(name)) return "csv";
  return /\.(jsonl|ndjson)$/i.test(name) ? "jsonl" : null;
}

function view(state, { draw }) {
  watch(state, draw, () => notice(own.finished));
  const run = async (file, dry_run) => {
    if (state.progress !== null) return;
    const format = file ? formatOf(file) : null;
    const problem = !file ? own.choose : !format ? own.type : file.size > MOST_BYTES ? own.large : null;
    Object.assign(state, { problem, progress: problem ? null : 0 });
    draw();
    if (problem) {
      document.getElementById("file")?.focus();
      return;
    }
    try {
      const body = { format, bytes: file.size, sha256: await sha256(file), dry_run };
      const { import_id, upload } = await call("POST /admin/catalogue/imports", { body });
      await put(upload, file, (part) => draw(Object.assign(state, { progress: part })));
      rememberImport(import_id);
      state.report = await read(import_id);
    } catch (error) {
      state.problem = reason(error);
    }
    state.progress = null;
    draw();
    document.getElementById("report")?.scrollIntoView();
  };
  const send = (event) => {
    event.preventDefault();
    void run(state.file, !new FormData(event.currentTarget).has("for_real"));
  };
  const choose = (event) => draw(Object.assign(state, { file: event.currentTarget.files[0] ?? null, report: null, problem: null }));
  const isChecked = state.report?.dry_run && !isRunning(state.report) && state.report.status === "done" && state.file;
  return html`<div class="page-head"><h1>${words.pages.imports}</h1></div>
    <section class="part" aria-labelledby="upload">
      <h2 id="upload">${own.upload}</h2>
      <form class="upload" @submit=${send} aria-busy=${state.progress !== null}>
        <div class="field">
          <label for="file">${own.file}</label>
          <input id="file" type="file" accept=".csv,.jsonl,.ndjson" @change=${choose} aria-describedby="file-hint" aria-invalid=${state.problem ? "true" : nothing} />
          <p class="hint" id="file-hint">${own.fileHint}</p>
        </div>
        <label class="check"><input type="checkbox" name="for_real" /> <span>${own.forReal}</span></label>
        ${state.progress === null ? nothing : html`<p><label>${own.uploading} <progress max="1" .value=${state.progress}></progress></label></p>`}
        ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
        <p class="buttons"><button type="submit">${own.send}</button></p>
      </form>
    </section>
    ${state.report ? report(state.report) : nothing}
    ${isChecked ? html`<p><button type="button" @click=${() => run(state.file, false)}>${own.now}</button></p>` : nothing} ${earlier(state)} ${exporting(state, draw)}`;
}

function earlier({ earlier }) {
  if (earlier.length === 0) return nothing;
  const row = ({ import_id, requested_at, status, dry_run, counts }) => html`<li class="row">
    <span class="row-main"><a href=${`/console/imports/${import_id}`}>${dateAndTime(requested_at)}</a><span class="small">${dry_run ? own.dry : ""}</span></span>
    <span class="row-side">${own.summary(counts.created + counts.updated, counts.failed)}</span>
    <span class="tag">${words.imports[status] ?? status}</span>
  </li>`;
  return html`<section class="part" aria-labelledby="earlier">
    <h2 id="earlier">${own.earlier}</h2>
    <p class="small">${own.earlierHint}</p>
    <ul class="rows">${earlier.map(row)}</ul>
  </section>`;
}

function exporting(state, draw) {
  const save = async (event) => {
    event.preventDefault();
    if (state.exported !== null) return;
    const { format, status } = /** @type {any} */ (Object.fromEntries(new FormData(event.currentTarget)));
    const texts = [];
    let cursor;
    try {
      do {
        state.exported = texts.length;
        draw();
        const page = await call("GET /admin/catalogue/export", { query: { format, status, cursor } });
        texts.push(page.text);
        cursor = page.next_cursor;
      } while (cursor);
      download(`catalogue-${status}.${format}`, format === "csv" ? "text/csv" : "application/jsonl", texts);
      notice(own.exported);
    } catch (error) {
      complain(error);
    }
    state.exported = null;
    draw();
  };
  return html`<section class="part" aria-labelledby="export">
    <h2 id="export">${own.export}</h2>
    <p>${own.exportHint}</p>
    <form class="inline" @submit=${save} aria-busy=${state.exported !== null}>
      <span class="inline-row">
        <span><label for="status">${catalogue.fields.status}</label> <select id="status" name="status">${statusOptions().map(([key, shown]) => html`<option value=${key}>${shown}</option>`)}</select></span>
        <span><label for="format">${own.format}</label> <select id="format" name="format"><option value="csv">CSV</option><option value="jsonl">JSON Lines</option></select></span>
        <button type="submit" class="quiet">${own.export}</button>
      </span>
    </form>
  </section>`;
}

await screen({ title: words.pages.imports, load, view });

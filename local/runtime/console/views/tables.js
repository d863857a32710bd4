// Rows of the services' tables, and what the functions have consumed.
import { html, nothing } from "/assets/vendor/lit-html.js";

import { get } from "../api.js";
import { count, empty, json } from "../parts.js";
import * as route from "../route.js";

export const title = "Tables";
export const lead = "Rows as they are stored, to look at, with what the look costs.";
/** A look costs read units, so it is not repeated by itself. */
export const live = false;

export async function load({ rest: [name], query: { key, index, rows } }, signal) {
  const [tables, usage] = await Promise.all([get("/tables", {}, signal), get("/usage", {}, signal)]);
  const table = tables.find((table) => table.name === name);
  const found = table ? await get(`/tables/${encodeURIComponent(name)}/rows`, { key, index, rows }, signal) : null;
  return { tables, table, found, key, index, rows, usage };
}

export function view({ tables, table, found, key = "", index = "", rows = "25", usage }, { again }) {
  const read = (event) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    const before = location.hash;
    const { table: name, ...query } = form;
    route.follow("tables", [name], { ...query, index: name === table?.name ? query.index : "" });
    if (location.hash === before) void again();
  };
  const schema = table?.indexes.find(({ name }) => name === index) ?? table;
  return html`
    <form class="bar fields" @submit=${read}>
      <label>Table
        <select name="table" @change=${(event) => event.currentTarget.form.requestSubmit()}>
          ${table ? nothing : html`<option value="">Choose one</option>`}
          ${tables.map(({ name }) => html`<option value=${name} ?selected=${name === table?.name}>${name}</option>`)}
        </select>
      </label>
      <label>Index
        <select name="index">
          <option value="">the table itself</option>
          ${(table?.indexes ?? []).map(({ name }) => html`<option value=${name} ?selected=${name === index}>${name}</option>`)}
        </select>
      </label>
      <label class="wide">Partition key ${schema ? html`<code>${schema.keys[0]}</code>` : nothing}
        <input name="key" autocomplete="off" spellcheck="false" placeholder="empty: the first rows of all" .value=${key}>
      </label>
      <label class="short">Rows <input name="rows" inputmode="numeric" pattern="[0-9]+" .value=${rows}></label>
      <button type="submit">Read</button>
    </form>
    ${found ? listed(found, table) : nothing}
    ${consumption(usage)}
  `;
}

function listed({ rows, more, read_units }, { keys }) {
  if (rows.length === 0) return html`<p class="notice" role="status">No row has this key. The look cost ${count(read_units, "read unit")}.</p>`;
  return html`<section>
    <h2>${count(rows.length, "row")}</h2>
    <p class="summary" role="status">The look cost ${count(read_units, "read unit")}.${more ? " There are more rows." : ""}</p>
    <ol class="rows">
      ${rows.map((row) => html`<li><details class="table-row" ?open=${rows.length <= 2}>
        <summary>${keys.map((name) => html`<code>${String(row[name] ?? "")}</code>`)}</summary>
        ${json(row, "The row")}
      </details></li>`)}
    </ol>
  </section>`;
}

function consumption(usage) {
  const functions = Object.entries(usage).map(([operation, actions]) => {
    const all = Object.values(actions);
    const sum = (name) => all.reduce((total, action) => total + action[name], 0);
    return { operation, calls: sum("calls"), errors: sum("errors"), reads: sum("read_units"), writes: sum("write_units") };
  });
  const most = functions.sort((one, other) => other.writes + other.reads - one.writes - one.reads).slice(0, 20);
  if (most.length === 0) return empty("Nothing has been consumed", "No function has called AWS since the shop was started.");
  return html`<section>
    <h2>Consumed since the start</h2>
    <p class="summary">The functions that have consumed most of DynamoDB. Calls and errors are those of all of AWS.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Consumed since the start">
      <table class="numbers">
        <thead><tr><th scope="col">Function</th><th scope="col">Calls</th><th scope="col">Errors</th><th scope="col">Read units</th><th scope="col">Write units</th></tr></thead>
        <tbody>${most.map((one) => html`<tr><th scope="row">${one.operation}</th><td>${one.calls}</td><td>${one.errors}</td><td>${one.reads}</td><td>${one.writes}</td></tr>`)}</tbody>
      </table>
    </div>
  </section>`;
}

// The stock of a variant: its counters, corrections, what moved it, and when it runs low.
import { dateAndTime } from "../language.js";
import { html, nothing } from "../vendor/lit-html.js";
import { catalogue } from "./catalogue-words.js";
import { formOf, saved } from "./form-state.js";
import { editor } from "./form.js";
import { more } from "./more.js";
import { notice } from "./notice.js";
import { call, matching, send } from "./session.js";
import { words as all } from "./words.js";

const { stock: words } = catalogue;
const PAGE = 10;

const adjustFields = [
  { at: "way", label: words.way, kind: "choice", options: [["add", words.add], ["remove", words.remove]], isShort: true },
  { at: "pieces", label: words.pieces, kind: "whole", least: 1, most: 1_000_000, isShort: true },
  { at: "reason", label: words.reason, hint: words.reasonHint, most: 200, list: "reasons" },
];

const policyFields = [
  { at: "low_at", label: words.lowAt, hint: words.lowAtHint, kind: "whole", most: 10_000, isShort: true },
  {
    at: "backorder",
    label: words.backorder,
    hint: words.backorderHint,
    kind: "group",
    optional: true,
    isRow: true,
    fields: [
      { at: "limit", label: words.limit, kind: "whole", least: 1, most: 10_000, isShort: true },
      { at: "ships_in_days", label: words.shipsInDays, kind: "whole", least: 1, most: 365, isShort: true },
    ],
  },
  { at: "shards", label: words.shards, hint: words.shardsHint, kind: "whole", least: 1, most: 32, isShort: true },
];

async function entryOf(sku) {
  return (await call("GET /admin/catalogue/stock", { query: { sku } })).items[0];
}

function movementsOf(sku, cursor) {
  return call("GET /admin/catalogue/stock/{sku}/movements", { path: { sku }, query: { limit: PAGE, cursor } });
}

async function load(sku) {
  const [entry, movements] = await Promise.all([entryOf(sku), movementsOf(sku)]);
  return { entry, movements };
}

function begin(sku, { entry, movements }) {
  const adjust = formOf(adjustFields, {}, { name: `stock of ${sku}` });
  const policy = formOf(policyFields, entry, { name: `policy of ${sku}`, tag: version(entry) });
  return { sku, entry, items: movements.items, cursor: movements.next_cursor ?? null, adjust, policy };
}

function version({ policy_version }) {
  return `"${policy_version}"`;
}

function view(state, draw) {
  const { stock, nameOf } = state;
  const { sku, entry } = stock;
  const { level } = entry;
  const move = async (delta, reason) => {
    stock.entry = { ...stock.entry, level: await call("POST /stock/{sku}/adjustments", { path: { sku }, body: { delta, reason } }) };
    draw();
    const { items, next_cursor } = await movementsOf(sku);
    Object.assign(stock, { items, cursor: next_cursor ?? null });
    draw();
  };
  const adjust = async ({ way, pieces, reason }) => {
    const delta = way === "remove" ? -pieces : pieces;
    await move(delta, reason);
    saved(stock.adjust, {}, null);
    notice(words.adjusted(delta, sku), () => move(-delta, words.undoing(reason).slice(0, 200)));
  };
  const set = async (body, tag) => {
    const { body: after, headers } = await send("PUT /admin/catalogue/stock/{sku}", { path: { sku }, headers: matching(tag), body });
    stock.entry = after;
    saved(stock.policy, after, headers.get("etag") ?? version(after));
    draw();
  };
  const setPolicy = async (body) => {
    const { low_at, shards, backorder } = stock.entry;
    await set(body, stock.policy.tag);
    notice(words.policySaved, () => set({ low_at, shards, backorder }, stock.policy.tag));
  };
  const reread = async () => {
    const value = await entryOf(sku);
    stock.entry = value;
    return { value, tag: version(value) };
  };
  const counters = ["available", "reserved", "sold", "backordered", "received"];
  const isLow = level.available <= entry.low_at;
  return html`<section class="part" aria-labelledby="stock">
    <h2 id="stock">${words.title} ${isLow ? html`<span class="tag draft">${words.low}</span>` : nothing}</h2>
    <dl class="figures">${counters.map((name) => html`<div><dt>${words.counters[name]}</dt><dd>${level[name]}</dd></div>`)}</dl>
    <h3>${words.adjust}</h3>
    <datalist id="reasons">${words.reasons.map((reason) => html`<option value=${reason}></option>`)}</datalist>
    ${editor(stock.adjust, { button: words.adjust, send: adjust, draw })}
    <h3 id="movements">${words.movements}</h3>
    ${stock.items.length > 0
      ? html`<div class="scrolls" tabindex="0" role="group" aria-labelledby="movements">
          <table class="table">
            <thead><tr><th scope="col">${catalogue.prices.when}</th><th scope="col" class="amount">${words.pieces}</th><th scope="col">${words.reason}</th><th scope="col">${catalogue.prices.by}</th></tr></thead>
            <tbody>
              ${stock.items.map(({ adjusted_at, delta, reason, adjusted_by }) => html`<tr><th scope="row">${dateAndTime(adjusted_at)}</th><td class="amount">${delta > 0 ? `+${delta}` : `−${-delta}`}</td><td>${reason}</td><td>${nameOf(adjusted_by)}</td></tr>`)}
            </tbody>
          </table>
        </div>`
      : html`<p class="small">${words.unmoved}</p>`}
    ${more(stock, (cursor) => movementsOf(sku, cursor), draw)}
    <h3>${words.policy}</h3>
    ${editor(stock.policy, { button: all.save, send: setPolicy, reread, draw })}
  </section>`;
}

export const stock = { load, begin, view };

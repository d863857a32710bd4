// Everything that followed from one request or one order, across all services, as a waterfall.
import { html, nothing } from "/assets/vendor/lit-html.js";

import { get, knownOperations, serviceOf } from "../api.js";
import { count, duration, empty, invocation, outcome, time } from "../parts.js";
import * as route from "../route.js";

export const title = "Timeline";
export const lead = "What followed from an order or a request, in all services, with its log.";
export const live = true;

/** An order's number, as people read it out. */
const NUMBER = /^([0-9A-Z]{4})-?([0-9A-Z]{5})$/i;
/** A pause this long, in milliseconds, begins another part with a scale of its own. */
const PAUSE = 2_000;
const RECENT = 25;

export async function load({ query: { of } }, signal) {
  const operations = await knownOperations();
  if (!of) return { operations, recent: await recent(signal) };
  const id = await orderOf(of.trim(), signal);
  let followed = await get("/timeline", { of: id }, signal);
  // What the payment gateway reports names the payment alone.
  const payments = id.startsWith("ord_") ? new Set(JSON.stringify(followed.invocations).match(/pay_[0-9A-Z]{26}/g)) : new Set();
  if (payments.size > 0) followed = await get("/timeline", { of: [id, ...payments].join() }, signal);
  return { operations, of: of.trim(), id, ...followed };
}

/** Returns the latest requests that have changed something. */
async function recent(signal) {
  const ran = await get("/invocations", { newest: 600 }, signal);
  return ran.filter(({ cause, correlation_id }) => correlation_id && /^(POST|PUT|PATCH|DELETE) (?!\/internal)/.test(cause ?? "")).slice(-RECENT).reverse();
}

/** Returns the id of the order that has this number, or else what was given. */
async function orderOf(of, signal) {
  const [, first, second] = of.match(NUMBER) ?? [];
  if (!first) return of;
  const table = (await get("/tables", {}, signal)).find(({ service }) => service === "orders");
  const key = `NUMBER#${first}-${second}`.toUpperCase();
  const { rows } = table ? await get(`/tables/${encodeURIComponent(table.name)}/rows`, { key }, signal) : { rows: [] };
  return rows[0]?.order_id ?? of;
}

export function view(data, { draw }) {
  return html`
    <form class="bar" @submit=${search}>
      <label for="of">Order number, order id, request or trace</label>
      <div class="bar-row">
        <input id="of" name="of" class="wide" autocomplete="off" spellcheck="false" placeholder="X60W-P2C2M or ord_01…" .value=${data.of ?? ""}>
        <button type="submit">Show</button>
        ${data.of ? html`<a class="button quiet" href="#/timeline">Recent requests</a>` : nothing}
      </div>
    </form>
    ${data.recent ? requests(data.recent) : waterfall(data, draw)}
  `;
}

function search(event) {
  event.preventDefault();
  route.follow("timeline", [], { of: new FormData(event.currentTarget).get("of").trim() });
}

function requests(recent) {
  if (recent.length === 0) return empty("Nothing has been changed yet", html`Place an order in the shop, or run <code>cargo dev demo</code>.`);
  return html`<section>
    <h2>Recent requests</h2>
    <ul class="rows">
      ${recent.map((invoked) => {
        const [kind, word] = outcome(invoked);
        return html`<li><a class="row-link" href=${route.to("timeline", [], { of: invoked.correlation_id })}>
          <span class="row-time">${time(invoked.started_at)}</span>
          <span class="row-main">${invoked.cause}</span>
          <span class="row-side">${duration(invoked.milliseconds)}</span>
          <span class=${`outcome ${kind}`}>${word}</span>
        </a></li>`;
      })}
    </ul>
  </section>`;
}

function waterfall({ of, id, operations, invocations, correlation_ids }, draw) {
  if (invocations.length === 0) return empty(`Nothing is known of ${of}`, "The console remembers the last 2,000 invocations since the shop was started. Products and customers that were there before have no timeline.");
  const parts = split(invocations);
  const services = [...new Set(invocations.map(({ operation }) => serviceOf(operations, operation)))].filter(Boolean);
  const failed = invocations.filter((invoked) => outcome(invoked)[0] === "failed").length;
  return html`
    <section>
      <h2>${id === of ? of : html`${of} <span class="muted">${id}</span>`}</h2>
      <p class="summary">
        ${count(invocations.length, "invocation")} in ${count(services.length, "service")}, from ${count(correlation_ids.length, "request")}${failed ? html`, <strong>${failed} failed</strong>` : ", none failed"}.
      </p>
      <ul class="legend">${services.map((service) => html`<li data-service=${service}>${service}</li>`)}</ul>
      ${parts.map((part) => section(part, operations, draw))}
    </section>
  `;
}

/** Splits invocations where nothing ran for a while. */
function split(invocations) {
  const parts = [];
  let end = -Infinity;
  for (const invoked of invocations) {
    const start = Date.parse(invoked.started_at);
    if (start - end > PAUSE) parts.push([]);
    parts.at(-1).push(invoked);
    end = Math.max(end, start + invoked.milliseconds);
  }
  return parts;
}

/** A moment in milliseconds, with the fraction that `Date` drops. */
function moment(text) {
  const fraction = text.match(/\.\d{3}(\d+)/)?.[1] ?? "0";
  return Date.parse(text) + Number(`0.${fraction}`);
}

function section(part, operations, draw) {
  const begin = moment(part[0].started_at);
  const whole = Math.max(...part.map((invoked) => moment(invoked.started_at) - begin + invoked.milliseconds));
  const bar = (invoked) => ({ from: ((moment(invoked.started_at) - begin) / whole) * 100, long: (invoked.milliseconds / whole) * 100 });
  return html`
    <h3 class="part">${time(part[0].started_at)} <span class="muted">${duration(whole)}</span></h3>
    <ol class="invocations waterfall">
      ${part.map((invoked) => invocation(invoked, { service: serviceOf(operations, invoked.operation), lines: invoked.lines, bar: bar(invoked), draw }))}
    </ol>
    <p class="scale" aria-hidden="true"><span>0</span><span>${duration(whole / 2)}</span><span>${duration(whole)}</span></p>
  `;
}

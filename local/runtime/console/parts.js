// What several views show: times, outcomes, invocations with their lines.
import { html, nothing, svg } from "/assets/vendor/lit-html.js";

import * as route from "./route.js";

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** A moment of today, or of a day. */
export function time(text) {
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return html`<time datetime=${text}>${isToday ? "" : `${DAY.format(at)} `}${CLOCK.format(at)}</time>`;
}

/** A duration, as precisely as somebody wants to know it. */
export function duration(milliseconds) {
  if (milliseconds >= 10_000) return `${(milliseconds / 1_000).toFixed(0)} s`;
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** What came out, as a word and a class. */
export function outcome({ error, status }) {
  if (error) return ["failed", "failed"];
  if (status === undefined) return ["done", "done"];
  return [status >= 500 ? "failed" : status >= 400 ? "refused" : "done", String(status)];
}

export function empty(title, advice) {
  return html`<section class="state"><h2>${title}</h2><p>${advice}</p></section>`;
}

/** Shown in full: an object of the API, a row, a message. */
export function json(value, label) {
  return html`<pre class="json" tabindex="0" aria-label=${label}>${JSON.stringify(value, null, 2)}</pre>`;
}

/** Shows text as JSON if it is that. */
export function readable(text, label) {
  try {
    return json(JSON.parse(text), label);
  } catch {
    return html`<pre class="json" tabindex="0" aria-label=${label}>${text}</pre>`;
  }
}

/** What the names of the default stack's queues begin with. It would take the place of the rest. */
const PREFIX = "bodega-dev-";

/** The ids of the invocations whose lines are shown. */
const open = new Set();

/** An invocation, which shows its lines once it is opened. `bar` is where it lies between the others, in percent. */
export function invocation(invoked, { service, lines, bar, known = true, draw }) {
  const id = invoked.request_id ?? `${invoked.operation} ${invoked.started_at}`;
  const [kind, word] = outcome(invoked);
  const toggle = (event) => {
    if (event.currentTarget.open === open.has(id)) return;
    if (event.currentTarget.open) open.add(id);
    else open.delete(id);
    draw();
  };
  return html`<li>
    <details class="invocation" data-service=${service} ?open=${open.has(id)} @toggle=${toggle}>
      <summary>
        <span class="invocation-name">${invoked.operation}</span>
        <span class="invocation-cause">${(invoked.cause ?? "").replace(PREFIX, "")}</span>
        ${bar ? lane(bar, kind) : html`<span class="invocation-time">${time(invoked.started_at)}</span>`}
        <span class="invocation-took">${duration(invoked.milliseconds)}</span>
        <span class=${`outcome ${kind}`}>${word}</span>
      </summary>
      ${open.has(id) ? log(invoked, service, lines, known) : nothing}
    </details>
  </li>`;
}

/** Returns whether an invocation's lines are shown. */
export function isOpen(invoked) {
  return open.has(invoked.request_id);
}

function lane({ from, long }, kind) {
  return html`<svg class=${`lane ${kind}`} aria-hidden="true" preserveAspectRatio="none"><line x1="0" x2="100%" y1="50%" y2="50%" />${svg`<rect x="${from}%" y="15%" width="${Math.max(long, 0.4)}%" height="70%" rx="2" />`}</svg>`;
}

function log(invoked, service, lines, known) {
  return html`<div class="invocation-log">
    <dl class="facts">
      <div><dt>Service</dt><dd>${service}</dd></div>
      ${invoked.cause ? html`<div><dt>Cause</dt><dd>${invoked.cause}</dd></div>` : nothing}
      <div><dt>Began</dt><dd>${time(invoked.started_at)}</dd></div>
      ${invoked.request_id ? html`<div><dt>Invocation</dt><dd><code>${invoked.request_id}</code></dd></div>` : nothing}
      ${invoked.correlation_id ? html`<div><dt>Request</dt><dd><a href=${route.to("timeline", [], { of: invoked.correlation_id })}><code>${invoked.correlation_id}</code></a></dd></div>` : nothing}
      ${invoked.error ? html`<div><dt>Error</dt><dd>${invoked.error}</dd></div>` : nothing}
    </dl>
    ${lines?.length ? html`<ol class="lines">${lines.map(line)}</ol>` : html`<p class="small">${lines ? (known ? "It wrote no line, or ran on another host." : "Its lines are no longer kept.") : "Loading its lines."}</p>`}
  </div>`;
}

/** Fields that every line has, or that the invocation shows already. */
const USUAL = new Set(["timestamp", "level", "message", "operation", "service", "stage", "request_id", "correlation_id", "trace_id", "cold_start"]);

function line({ at, source, text }) {
  const fields = source === "function" ? parsed(text) : null;
  if (!fields) return html`<li class="line platform"><span class="line-time">${time(at)}</span><span class="line-text">${text.replaceAll("\t", "  ")}</span></li>`;
  const { level = "INFO", message = fields._aws ? "metric" : "" } = fields;
  const rest = Object.entries(fields).filter(([name]) => !USUAL.has(name) && name !== "_aws");
  return html`<li class=${`line ${level.toLowerCase()}`}>
    <span class="line-time">${time(at)}</span>
    <span class="line-text"><span class="line-level">${level}</span> <b>${message}</b>${rest.map(([name, value]) => html` <span class="line-field">${name}=</span>${typeof value === "string" ? value : JSON.stringify(value)}`)}</span>
  </li>`;
}

function parsed(text) {
  try {
    const fields = JSON.parse(text);
    return typeof fields === "object" ? fields : null;
  } catch {
    return null;
  }
}

// The frame around each view, and the clock that asks again every second, for as long as somebody looks.
import { html, nothing, render } from "/assets/vendor/lit-html.js";

import { Gone, get } from "./api.js";
import * as route from "./route.js";
import * as faults from "./views/faults.js";
import * as invocations from "./views/invocations.js";
import * as mails from "./views/mails.js";
import * as queues from "./views/queues.js";
import * as schedules from "./views/schedules.js";
import * as tables from "./views/tables.js";
import * as timeline from "./views/timeline.js";

const VIEWS = { timeline, invocations, mails, queues, tables, schedules, faults };
const EVERY = 1_000;

/** What is shown: the view with what it has loaded last, and what of the whole shop concerns every view. */
const state = { view: "timeline", data: undefined, problem: null, gone: false, left: null, deadLetters: 0, faults: 0 };
let asking;

function draw() {
  const { view, data, problem } = state;
  const { title, lead } = VIEWS[view];
  document.title = `${title} – Bodega console`;
  const tree = html`
    <a class="skip" href="#main" @click=${skip}>Skip to the content</a>
    ${state.gone ? html`<p class="gone" role="alert">The shop does not answer. Start it with <code>cargo dev</code>: this page continues by itself.</p>` : nothing}
    <header class="head">
      <div class="awning" aria-hidden="true"></div>
      <div class="head-row">
        <a class="sign" href="#/">Bodega <span>console</span></a>
        <p class="pulse" data-state=${pulse()}>${pulseText()}</p>
        <a class="head-link" href="/docs">API reference</a>
      </div>
    </header>
    <div class="frame">
      <nav class="views" aria-label="Views">
        <ul>
          ${Object.keys(VIEWS).map((name) => html`<li><a href=${`#/${name}`} aria-current=${name === view ? "page" : nothing}>${VIEWS[name].title} ${badge(name)}</a></li>`)}
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        <h1>${title}</h1>
        <p class="lead">${lead}</p>
        ${problem ? failed(problem) : data === undefined ? waiting() : VIEWS[view].view(data, { draw, again })}
      </main>
    </div>
  `;
  render(tree, document.body);
}

function skip(event) {
  event.preventDefault();
  document.querySelector("main").focus();
}

function pulse() {
  if (state.gone || state.left === null) return "unknown";
  return state.left.length === 0 ? "idle" : "busy";
}

function pulseText() {
  if (state.gone || state.left === null) return "No answer";
  return state.left.length === 0 ? "Idle" : "At work";
}

function badge(view) {
  const [count, what] = { queues: [state.deadLetters, "dead letters"], faults: [state.faults, "planned"] }[view] ?? [0];
  return count > 0 ? html`<span class="badge">${count}<span class="hidden"> ${what}</span></span>` : nothing;
}

function waiting() {
  return html`<div class="wait" aria-busy="true"><p class="hidden" role="status">Loading</p><div class="bone"></div><div class="bone"></div></div>`;
}

function failed(problem) {
  return html`<p class="notice bad" role="alert">${problem.message}</p><p class="actions"><button type="button" class="quiet" @click=${again}>Try again</button></p>`;
}

/** Loads what the view shows, and draws if that has changed. An older answer never replaces a newer one. */
async function again() {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const here = route.read();
  try {
    const [data, left, queues, planned] = await Promise.all([
      VIEWS[state.view].load(here, signal),
      get("/rest", {}, signal),
      get("/queues", {}, signal),
      get("/faults", {}, signal),
    ]);
    if (signal.aborted) return;
    const deadLetters = queues.reduce((sum, queue) => sum + (queue.dead_letters ? queue.visible : 0), 0);
    change({ data, left, deadLetters, faults: planned.planned.length, problem: null, gone: false });
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Gone) {
      change({ gone: true, problem: state.data === undefined ? error : null });
    } else {
      change({ problem: error, gone: false });
    }
  }
}

function change(news) {
  const before = JSON.stringify(state);
  Object.assign(state, news);
  if (JSON.stringify(state) !== before || news.problem) draw();
}

/** Shows what the address says. The focus follows the reader's click to another view, and stays where it is within one. */
function go() {
  const { view } = route.read();
  const next = Object.hasOwn(VIEWS, view) ? view : "timeline";
  const isOther = next !== state.view;
  // Within a view what was shown stays until there is something else, and with it the focus.
  Object.assign(state, { view: next, problem: null }, isOther ? { data: undefined } : {});
  draw();
  if (isOther) {
    scrollTo(0, 0);
    document.querySelector("main").focus({ preventScroll: true });
  }
  void again();
}

addEventListener("hashchange", go);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void again();
});

async function live() {
  if (document.visibilityState === "visible" && VIEWS[state.view].live) await again();
  setTimeout(live, EVERY);
}

go();
setTimeout(live, EVERY);

// Queues, what is left in their dead-letter queues, and the way back.
import { html, nothing } from "/assets/vendor/lit-html.js";

import { get, post } from "../api.js";
import { count, empty, readable, time } from "../parts.js";

export const title = "Queues";
export const lead = "How many messages wait, and which nobody could handle.";
export const live = true;

/** The dead-letter queues whose messages are shown. */
const open = new Set();
/** What redrives have come to, by queue. */
const redriven = new Map();

export async function load(_, signal) {
  const queues = await get("/queues", {}, signal);
  const messages = {};
  for (const { name, visible } of queues.filter((queue) => open.has(queue.name))) {
    messages[name] = visible > 0 ? await get(`/queues/${encodeURIComponent(name)}/messages`, {}, signal) : [];
  }
  return { queues, messages, redriven: [...redriven] };
}

export function view({ queues, messages }, { again }) {
  const consumed = queues.filter((queue) => !queue.dead_letters && queue.consumers.length > 0);
  const others = queues.filter((queue) => !queue.dead_letters && queue.consumers.length === 0);
  if (queues.length === 0) return empty("The template defines no queue", "");
  const dead = (queue) => queues.find((other) => other.name === queue.dead_letter_queue);
  return html`
    <ul class="cards">${consumed.map((queue) => card(queue, dead(queue), messages, again))}</ul>
    ${others.length > 0 ? html`<h2>Failures of streams</h2><p class="small">Events about records of a table's stream that a function has given up.</p><ul class="cards">${others.map((queue) => card(queue, queue, messages, again))}</ul>` : nothing}
  `;
}

function card(queue, dead, messages, again) {
  const letters = dead?.visible ?? 0;
  const own = queue === dead;
  const redrive = async () => {
    redriven.set(queue.name, { text: "Moving its dead letters back …" });
    await again();
    try {
      const { moved } = await post(`/queues/${encodeURIComponent(queue.name)}/redrives`);
      redriven.set(queue.name, { text: `${count(moved, "message")} moved back.` });
    } catch (error) {
      redriven.set(queue.name, { text: error.message, bad: true });
    }
    await again();
  };
  const toggle = (event) => {
    if (event.currentTarget.open === open.has(dead.name)) return;
    if (event.currentTarget.open) open.add(dead.name);
    else open.delete(dead.name);
    void again();
  };
  const result = redriven.get(queue.name);
  return html`<li class=${`card ${letters > 0 ? "bad" : ""}`}>
    ${own ? html`<h3>${queue.name}</h3>` : html`<h2>${queue.name}</h2>`}
    <p class="small">${own ? "Nothing consumes it." : html`for ${queue.consumers.join(", ")}`}</p>
    <dl class="counts">
      ${own ? nothing : html`${number("Waiting", queue.visible)}${number("In flight", queue.in_flight)}${number("Delayed", queue.delayed)}`}
      ${number(own ? "Events" : "Dead letters", letters, "bad")}
    </dl>
    ${letters > 0 && !own ? html`<p class="actions"><button type="button" @click=${redrive}>Redrive<span class="hidden"> ${queue.name}</span></button></p>` : nothing}
    ${result ? html`<p class=${`notice ${result.bad ? "bad" : "good"}`} role="status">${result.text}</p>` : nothing}
    ${letters > 0 || open.has(dead?.name) ? html`<details ?open=${open.has(dead.name)} @toggle=${toggle}><summary>Read the first messages</summary>${letter(messages[dead.name], letters)}</details>` : nothing}
  </li>`;
}

function number(what, count, kind = "some") {
  return html`<div class=${count > 0 ? kind : "none"}><dt>${what}</dt><dd>${count}</dd></div>`;
}

function letter(messages, letters) {
  if (!messages) return html`<p class="small">Loading.</p>`;
  if (messages.length === 0) return html`<p class="small">There are none.</p>`;
  return html`${letters > messages.length ? html`<p class="small">The first ${messages.length} of ${letters}.</p>` : nothing}
    <ol class="letters">
      ${messages.map((message) => html`<li><p class="small">${message.sent_at ? time(message.sent_at) : ""}, received ${count(message.receives ?? 0, "time")}</p>${readable(message.body, "The message")}</li>`)}
    </ol>`;
}

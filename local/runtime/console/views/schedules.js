// Schedules, which run by themselves, and by hand as if it were another time.
import { html, nothing } from "/assets/vendor/lit-html.js";

import { get, knownOperations, post } from "../api.js";
import { empty } from "../parts.js";

export const title = "Schedules";
export const lead = "What runs by itself. Run it now, or as if it were later: holds end, keys change, accounts are erased.";
export const live = false;

/** How runs by hand have ended, by operation. */
const ran = new Map();

export async function load(_, signal) {
  const [{ operations }, known] = await Promise.all([get("/schedules", {}, signal), knownOperations()]);
  const expression = (operation) => known.find((one) => one.operation === operation)?.causes.filter((cause) => /^(rate|cron)\(/.test(cause)).join(", ");
  return { schedules: operations.map((operation) => ({ operation, expression: expression(operation) })), ran: [...ran] };
}

/** How much later than now runs by hand are. */
let later = "0";
const LATER = { 0: "now", 20: "in 20 minutes", 60: "in an hour", 1440: "tomorrow", 21600: "in 15 days", 525600: "in a year" };

export function view({ schedules }, { draw }) {
  if (schedules.length === 0) return empty("The template defines no schedule", "");
  const run = async (operation) => {
    ran.set(operation, { text: "Running …" });
    draw();
    try {
      const time = new Date(Date.now() + Number(later) * 60_000).toISOString();
      await post(`/schedules/${encodeURIComponent(operation)}/runs?time=${encodeURIComponent(time)}`);
      ran.set(operation, { text: `Done, as of ${time.slice(0, 16).replace("T", " ")} UTC.` });
    } catch (error) {
      ran.set(operation, { text: error.message, bad: true });
    }
    draw();
  };
  return html`
    <form class="bar" @submit=${(event) => event.preventDefault()}>
      <div class="bar-row">
        <label for="later">Run as if it were</label>
        <select id="later" @change=${(event) => (later = event.currentTarget.value)}>
          ${Object.entries(LATER).map(([minutes, words]) => html`<option value=${minutes} ?selected=${minutes === later}>${words}</option>`)}
        </select>
      </div>
    </form>
    <ul class="rows">
      ${schedules.map(({ operation, expression }) => {
        const result = ran.get(operation);
        return html`<li class="schedule">
          <span class="row-main">${operation}</span>
          <code class="row-side">${expression}</code>
          <button type="button" class="quiet" @click=${() => run(operation)}>Run<span class="hidden"> ${operation}</span></button>
          ${result ? html`<p class=${`notice ${result.bad ? "bad" : "good"}`} role="status">${result.text}</p>` : nothing}
        </li>`;
      })}
    </ul>
  `;
}

// What has run, newest first, with its log.
import { html } from "/assets/vendor/lit-html.js";

import { get, knownOperations, serviceOf } from "../api.js";
import { empty, invocation, isOpen } from "../parts.js";
import * as route from "../route.js";

export const title = "Invocations";
export const lead = "The functions that have run, newest first. Open one to read its log.";
export const live = true;

const SHOWN = 100;

/** Lines by invocation. They are complete once it has ended. */
const logs = new Map();

export async function load({ query: { operation, failed } }, signal) {
  const operations = await knownOperations();
  const ran = await get("/invocations", { operation, failed: failed === "true", newest: SHOWN }, signal);
  ran.reverse();
  const missing = ran.filter((invoked) => isOpen(invoked) && !logs.has(invoked.request_id));
  for (const { request_id } of missing) logs.set(request_id, await get(`/invocations/${encodeURIComponent(request_id)}/log`, {}, signal));
  return { operations, ran, operation, failed: failed === "true" };
}

export function view({ operations, ran, operation, failed }, { again, draw }) {
  const read = (event) => {
    const form = new FormData(event.currentTarget);
    route.follow("invocations", [], { operation: form.get("operation"), failed: form.get("failed") ?? "" });
  };
  const opened = () => {
    draw();
    void again();
  };
  return html`
    <form class="bar" @change=${read} @submit=${(event) => event.preventDefault()}>
      <div class="bar-row">
        <label for="operation">Function</label>
        <select id="operation" name="operation">
          <option value="">All of them</option>
          ${operations.map((one) => html`<option value=${one.operation} ?selected=${one.operation === operation}>${one.operation}</option>`)}
        </select>
        <label class="check"><input type="checkbox" name="failed" value="true" .checked=${failed}> Failures only</label>
      </div>
    </form>
    ${
      ran.length === 0
        ? empty(failed ? "Nothing has failed" : "Nothing has run yet", failed ? "A failure is an error of a function, a message that a batch gives back, or a reply of 500 and more." : "Open the shop, or wait for a schedule.")
        : html`<ol class="invocations">
            ${ran.map((invoked) => invocation(invoked, { service: serviceOf(operations, invoked.operation), lines: logs.get(invoked.request_id), draw: opened }))}
          </ol>`
    }
  `;
}

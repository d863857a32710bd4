// Faults to come, and those that have happened.
import { html, nothing } from "/assets/vendor/lit-html.js";

import { get, knownOperations, post, remove } from "../api.js";
import { count } from "../parts.js";

export const title = "Faults";
export const lead = "Make a call of a function fail, be late, or lose its answer, and see what becomes of it.";
export const live = true;

const KINDS = {
  throttled: "Throttled: refused before it takes effect",
  failed: "Failed: the server's error before it takes effect",
  conflict: "In conflict: another transaction has the item",
  "answer-lost": "Answer lost: it takes effect, and the connection breaks",
  late: "Late: held back until the caller gives up, takes effect after that",
  "killed-before": "Killed before: the process ends, and the call never happens",
  "killed-after": "Killed after: the call takes effect, and the process ends",
};

/** What functions call besides AWS. */
const OTHERS = ["execute-api:Invoke", "stripe:CreatePaymentIntent", "stripe:ConfirmPaymentIntent", "stripe:RetrievePaymentIntent", "stripe:UpdatePaymentIntent", "stripe:CancelPaymentIntent", "stripe:CreateRefund", "stripe:RetrieveRefund"];

let refused = null;
let chosen = "";

export async function load(_, signal) {
  const [faults, operations, usage] = await Promise.all([get("/faults", {}, signal), knownOperations(), get("/usage", {}, signal)]);
  const seen = Object.keys(usage[chosen] ?? {});
  const all = new Set(Object.values(usage).flatMap(Object.keys));
  return { ...faults, names: operations.map(({ operation }) => operation), actions: seen.length ? seen : [...all, ...OTHERS].sort(), refused };
}

export function view({ planned, injected, names, actions }, { again }) {
  const add = async (event) => {
    event.preventDefault();
    const { nth, calls, ...rest } = Object.fromEntries(new FormData(event.currentTarget));
    try {
      await post("/faults", { ...rest, nth: Number(nth), calls: Number(calls) });
      refused = null;
    } catch (error) {
      refused = error.message;
    }
    await again();
  };
  const stop = async () => {
    await remove("/faults");
    await again();
  };
  const choose = (event) => {
    chosen = event.currentTarget.value;
    void again();
  };
  return html`
    <form class="bar fields" @submit=${add}>
      <label>Function
        <input name="function" list="functions" required autocomplete="off" spellcheck="false" placeholder="place-order" @change=${choose}>
        <datalist id="functions">${names.map((name) => html`<option value=${name}></option>`)}</datalist>
      </label>
      <label class="wide">Call
        <input name="action" list="actions" required autocomplete="off" spellcheck="false" placeholder="dynamodb:TransactWriteItems">
        <datalist id="actions">${actions.map((name) => html`<option value=${name}></option>`)}</datalist>
      </label>
      <label class="wide">Fault
        <select name="fault">${Object.entries(KINDS).map(([name, words]) => html`<option value=${name}>${words}</option>`)}</select>
      </label>
      <label class="short">From its n-th call <input name="nth" type="number" min="1" value="1" required></label>
      <label class="short">Calls <input name="calls" type="number" min="1" max="1000" value="1" required></label>
      <button type="submit">Switch on</button>
    </form>
    ${refused ? html`<p class="notice bad" role="alert">${refused}</p>` : nothing}
    <section>
      <h2>To come</h2>
      ${planned.length === 0 ? html`<p class="summary">No fault is switched on.</p>` : html`${list(planned, (nth) => (nth === 1 ? "its next call" : `its call number ${nth} from now`))}<p class="actions"><button type="button" class="danger" @click=${stop}>Switch all off</button></p>`}
    </section>
    ${injected.length > 0 ? html`<section><h2>${count(injected.length, "fault")} so far</h2>${list(injected.toReversed(), (nth) => `call number ${nth}`)}${planned.length === 0 ? html`<p class="actions"><button type="button" class="quiet" @click=${stop}>Forget them</button></p>` : nothing}</section>` : nothing}
  `;
}

function list(faults, words) {
  return html`<ul class="rows">
    ${faults.map(({ function: name, action, nth, fault }) => html`<li class="fault"><span class="row-main">${name}</span> <code>${action}</code> <span class="row-side">${words(nth)}</span> <span class="outcome refused">${fault.replaceAll("-", " ")}</span></li>`)}
  </ul>`;
}

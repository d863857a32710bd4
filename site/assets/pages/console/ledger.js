// What has moved in a month, by account and day.
import { chart } from "../../console/chart.js";
import { screen } from "../../console/frame.js";
import { ledger as own } from "../../console/money-words.js";
import { complain } from "../../console/notice.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { locale, money } from "../../language.js";
import { html } from "../../vendor/lit-html.js";

const given = new URLSearchParams(location.search).get("month") ?? "";
const month = /^\d{4}-(0[1-9]|1[0-2])$/.test(given) ? given : new Date().toISOString().slice(0, 7);

async function load(user) {
  if (!user.isAdmin) return { isClosed: true };
  return call("GET /admin/payments/ledger", { query: { month } });
}

/** Saves the month as a file that a spreadsheet opens. */
async function save() {
  try {
    const { text } = /** @type {any} */ (await call("GET /admin/payments/ledger", { query: { month, format: "csv" } }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = own.fileName(month);
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    complain(error);
  }
}

/** Returns the name of a day, which is one of UTC wherever the reader is. */
function dayName(day) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));
}

/** Returns what customers paid, and what they were given back, in a list of totals. */
function traded(accounts, currency) {
  const found = accounts.find((total) => total.account === "customer_orders" && total.currency === currency);
  return { came: found?.credit ?? 0, went: found?.debit ?? 0 };
}

/** Draws what customers paid and were given back on each day of the month, a chart for each currency. */
function sales({ accounts, days }) {
  const [year, number] = month.split("-").map(Number);
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const all = Array.from({ length: last }, (_, day) => `${month}-${String(day + 1).padStart(2, "0")}`);
  const currencies = accounts.filter(({ account }) => account === "customer_orders").map(({ currency }) => currency);
  return currencies.map((currency) => {
    const said = ({ came, went }) => own.traded(money({ amount: came, currency }), money({ amount: went, currency }));
    const whole = said(traded(accounts, currency));
    const bars = all.map((day) => {
      const totals = traded(days.find((moved) => moved.day === day)?.accounts ?? [], currency);
      return { ...totals, title: `${dayName(day)}: ${said(totals)}` };
    });
    return html`<figure class="charted">
      <figcaption>${whole}</figcaption>
      ${chart(whole, bars)}
    </figure>`;
  });
}

function figures({ account, currency, debit, credit, balance }) {
  const cell = (amount) => html`<td class="amount">${money({ amount, currency })}</td>`;
  return html`<th scope="row">${own.accounts[account] ?? account}</th>
    ${[debit, credit, balance].map(cell)}`;
}

function table(id, first, rows) {
  return html`<div class="scrolls" tabindex="0" role="group" aria-labelledby=${id}>
    <table class="table">
      <thead>
        <tr>${[...first, own.account].map((name) => html`<th scope="col">${name}</th>`)}${[own.debit, own.credit, own.balance].map((name) => html`<th scope="col" class="amount">${name}</th>`)}</tr>
      </thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`;
}

function view(state) {
  if (state.isClosed) {
    return html`<section class="state">
      <h1>${words.pages.ledger}</h1>
      <p>${own.closed}</p>
    </section>`;
  }
  const { accounts, days } = state;
  return html`<div class="page-head"><h1>${words.pages.ledger}</h1></div>
    <p class="small">${own.advice}</p>
    <form class="inline" action="/console/ledger">
      <label for="month">${own.month}</label>
      <span class="inline-row"><input id="month" name="month" type="month" required value=${month} /> <button type="submit" class="quiet">${own.show}</button></span>
    </form>
    ${accounts.length === 0
      ? html`<p class="empty">${own.none}</p>`
      : html`<section class="part" aria-labelledby="whole">
            <h2 id="whole">${own.whole}</h2>
            ${sales(state)}
            ${table("whole", [], accounts.map((total) => html`<tr>${figures(total)}</tr>`))}
            <p><button type="button" class="quiet" @click=${save}>${own.file}</button></p>
          </section>
          <section class="part" aria-labelledby="days">
            <h2 id="days">${own.days}</h2>
            ${table("days", [own.day], days.flatMap(({ day, accounts }) => accounts.map((total) => html`<tr><td>${dayName(day)}</td>${figures(total)}</tr>`)))}
          </section>`}`;
}

await screen({ title: words.pages.ledger, load, view });

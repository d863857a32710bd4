// Who has changed what.
import { screen } from "../../console/frame.js";
import { more } from "../../console/more.js";
import { names, staff } from "../../console/people.js";
import { running } from "../../console/running-words.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { dateAndTime } from "../../language.js";
import { html } from "../../vendor/lit-html.js";

const { audit: own } = running;
const PAGE = 50;
const given = new URLSearchParams(location.search);

/** What to list: the API takes one of them. */
function wanted() {
  const [found] = ["subject", "actor", "month"].filter((name) => given.get(name));
  return found ? { [found]: given.get(found) } : {};
}

async function page(cursor) {
  return call("GET /admin/users/audit", { query: { ...wanted(), limit: PAGE, cursor } });
}

async function load(user) {
  if (!user.isAdmin) return { isClosed: true };
  const [{ items, next_cursor }, people, nameOf] = await Promise.all([page(), staff(), names()]);
  return { items, cursor: next_cursor ?? null, people, nameOf };
}

/** The page of what was changed, where there is one. */
function place(action, subject) {
  if (subject.startsWith("prd_")) return `/console/products/${subject}`;
  if (subject.startsWith("ord_")) return `/console/orders/${subject}`;
  if (subject.startsWith("imp_")) return `/console/imports/${subject}`;
  if (action === "put-promotion") return `/console/promotions/${subject}`;
  if (["adjust-stock", "set-stock-policy", "change-price"].includes(action)) return `/console/variants/${subject}`;
  if (action === "put-staff") return "/console/staff";
  if (action === "put-setting") return `/console/settings/${subject.replace(".", "?id=")}`;
  return null;
}

function view(state, { draw }) {
  if (state.isClosed) {
    return html`<section class="state">
      <h1>${words.pages.audit}</h1>
      <p>${own.closed}</p>
    </section>`;
  }
  const find = (event) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    const [found] = Object.entries(form).filter(([, value]) => value !== "");
    location.assign(found ? `?${new URLSearchParams([[found[0], String(found[1]).trim()]])}` : "/console/audit");
  };
  const row = ({ at, actor, action, subject }) => {
    const path = place(action, subject);
    const name = subject.startsWith("usr_") ? state.nameOf(subject) : subject;
    return html`<tr>
      <th scope="row">${dateAndTime(at)}</th>
      <td>${state.nameOf(actor)}</td>
      <td>${own.actions[action] ?? action}</td>
      <td>${path ? html`<a href=${path}>${name}</a>` : name}</td>
    </tr>`;
  };
  return html`<div class="page-head"><h1>${words.pages.audit}</h1></div>
    <p class="small">${own.advice}</p>
    <form class="inline" role="search" aria-label=${own.find} @submit=${find}>
      <span class="inline-row">
        <span><label for="subject">${own.subject}</label> <input id="subject" name="subject" autocomplete="off" value=${given.get("subject") ?? ""} /></span>
        <span><label for="actor">${own.actor}</label>
          <select id="actor" name="actor">
            <option value="">${own.anybody}</option>
            ${state.people.map(({ user_id, name, email }) => html`<option value=${user_id} ?selected=${user_id === given.get("actor")}>${name ?? email}</option>`)}
          </select>
        </span>
        <span><label for="month">${own.month}</label> <input id="month" name="month" type="month" value=${given.get("month") ?? ""} /></span>
        <button type="submit" class="quiet">${own.find}</button>
      </span>
    </form>
    ${state.items.length > 0
      ? html`<div class="scrolls" tabindex="0" role="group" aria-label=${words.pages.audit}>
          <table class="table">
            <thead><tr><th scope="col">${own.when}</th><th scope="col">${own.actor}</th><th scope="col">${own.what}</th><th scope="col">${own.subject}</th></tr></thead>
            <tbody>${state.items.map(row)}</tbody>
          </table>
        </div>`
      : html`<p class="empty">${own.none}</p>`}
    ${more(state, page, draw)}`;
}

await screen({ title: words.pages.audit, load, view });

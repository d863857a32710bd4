// Promotions with a code.
import { screen } from "../../console/frame.js";
import { decimal } from "../../console/kinds.js";
import { effect } from "../../console/rule-fields.js";
import { running } from "../../console/running-words.js";
import { all } from "../../console/session.js";
import { words } from "../../console/words.js";
import { date, money } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { promotions: own } = running;

async function load() {
  return all("GET /admin/promotions");
}

/** Whether a promotion holds now: `on`, `soon` or `over`. */
function stateOf({ from, until, limit, used }) {
  if (until && Date.parse(until) <= Date.now()) return "over";
  if (limit && used >= limit) return "usedUp";
  return Date.parse(from) > Date.now() ? "soon" : "on";
}

function view({ items, isWhole }, { user }) {
  const percent = (rate) => `${decimal(rate, 4, false)} %`;
  const row = (promotion) => {
    const { code, from, until, used, limit } = promotion;
    const state = stateOf(promotion);
    return html`<li class="row">
      <span class="row-main"><a href=${`/console/promotions/${code}`}>${code}</a><span class="small">${effect(promotion, { percent, money })}</span></span>
      <span class="row-side"><span>${own.uses(used, limit)}</span><span class="small">${until ? own.span(date(from), date(until)) : own.since(date(from))}</span></span>
      <span class="tag ${state === "on" ? "active" : "archived"}">${own.states[state]}</span>
    </li>`;
  };
  return html`<div class="page-head">
      <h1>${words.pages.promotions}</h1>
      ${user.isAdmin ? html`<p class="page-actions"><a class="button" href="/console/promotions/new">${own.add}</a></p>` : nothing}
    </div>
    <p class="small">${own.campaigns} <a href="/console/settings/campaign">${running.kinds.campaign}</a></p>
    ${items.length > 0 ? html`<ul class="rows">${items.map(row)}</ul>` : html`<p class="empty">${own.none}</p>`} ${isWhole ? nothing : html`<p class="small">${own.notWhole}</p>`}`;
}

await screen({ title: words.pages.promotions, load, view });

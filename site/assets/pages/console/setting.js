// The settings of a kind: the one that there is, or a list, and one of it to edit.
import { ask } from "../../console/ask.js";
import { categoryOptions, tree } from "../../console/categories.js";
import { shopCurrencies } from "../../console/currencies.js";
import { formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen, showNothing } from "../../console/frame.js";
import { decimal } from "../../console/kinds.js";
import { notice } from "../../console/notice.js";
import { names } from "../../console/people.js";
import { Refused } from "../../console/reason.js";
import { running } from "../../console/running-words.js";
import { all, matching, send } from "../../console/session.js";
import { ONLY, SETTING_KINDS, settingFields, shaped, summary, unshaped, withoutEntry } from "../../console/setting-fields.js";
import { words } from "../../console/words.js";
import { country, date, dateAndTime } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { settings: own } = running;
/** @type {any} */
const kind = location.pathname.split("/")[3] ?? "";
const isOnly = ONLY.includes(kind);
const wanted = isOnly ? "main" : new URLSearchParams(location.search).get("id");
const isNew = wanted === "";

async function read() {
  return (await all("GET /admin/settings/{kind}", { path: { kind } })).items;
}

async function load() {
  const [items, currencies, nodes, nameOf] = await Promise.all([read(), shopCurrencies(), kind === "campaign" ? tree() : [], names()]);
  if (wanted === null) return { items, words: "" };
  const fields = settingFields(kind, { currencies, categories: categoryOptions(nodes) });
  const setting = items.find(({ id }) => id === wanted) ?? null;
  const id = { at: "id", label: own.id, hint: own.idHint, isCode: true, most: 60, isShort: true };
  const form = formOf(isNew ? [id, ...fields] : fields, shaped(kind, setting ?? {}), { name: `${kind} ${wanted || "new"}`, tag: tagOf(setting) });
  return { items, fields, setting, form, nameOf };
}

function tagOf(setting) {
  return `"${setting?.version ?? 0}"`;
}

function view(state, { draw, user }) {
  return wanted === null ? list(state, draw, user) : one(state, draw, user);
}

function trail(levels) {
  return html`<nav class="trail" aria-label=${running.trail}>
    <ol>${levels.map(([path, title]) => html`<li><a href=${path}>${title}</a></li>`)}</ol>
  </nav>`;
}

function list(state, draw, user) {
  const find = (event) => draw(Object.assign(state, { words: event.currentTarget.value.toLowerCase() }));
  const shown = state.items.filter((item) => [item.id, ...summary(kind, item)].join(" ").toLowerCase().includes(state.words));
  const row = (item) => {
    const [name, more] = summary(kind, item);
    return html`<li class="row"><span class="row-main"><a href=${`?id=${encodeURIComponent(item.id)}`}>${name}</a><span class="small">${more}</span></span></li>`;
  };
  return html`${trail([["/console/settings", words.pages.settings]])}
    <div class="page-head">
      <h1>${running.kinds[kind]}</h1>
      ${user.isAdmin ? html`<p class="page-actions"><a class="button" href="?id=">${own.add}</a></p>` : nothing}
    </div>
    <p class="small">${running.about[kind]}</p>
    ${state.items.length > 10 ? html`<div class="inline"><label for="filter">${own.filter}</label><span class="inline-row"><input id="filter" type="search" autocomplete="off" @input=${find} /></span></div>` : nothing}
    ${state.items.length === 0 ? html`<p class="empty">${own.none}</p>` : kind === "tax_rate" ? taxTable(shown) : html`<ul class="rows">${shown.map(row)}</ul>`}`;
}

/** Tax rates with where they are from, since that is what somebody checks. */
function taxTable(rates) {
  const sorted = rates.toSorted((one, other) => one.country.localeCompare(other.country) || (one.region ?? "").localeCompare(other.region ?? "") || one.tax_code.localeCompare(other.tax_code) || other.valid_from.localeCompare(one.valid_from));
  const row = (rate) => html`<tr>
    <th scope="row"><a href=${`?id=${encodeURIComponent(rate.id)}`}>${country(rate.country)}${rate.region ? `, ${rate.region}` : ""} <span class="hidden">${rate.tax_code}</span></a></th>
    <td>${rate.tax_code}</td>
    <td class="amount">${decimal(rate.ppm, 4, false)} %</td>
    <td>${date(rate.valid_from)}</td>
    <td class="long">${rate.source}</td>
  </tr>`;
  return html`<div class="scrolls" tabindex="0" role="group" aria-label=${running.kinds.tax_rate}>
    <table class="table">
      <thead>
        <tr>
          <th scope="col">${own.country}</th>
          <th scope="col">${own.taxCode}</th>
          <th scope="col" class="amount">${own.rate}</th>
          <th scope="col">${own.validFrom}</th>
          <th scope="col">${own.source}</th>
        </tr>
      </thead>
      <tbody>${sorted.map(row)}</tbody>
    </table>
  </div>`;
}

function one(state, draw, user) {
  const { setting, form, fields, nameOf } = state;
  const title = isOnly ? running.kinds[kind] : isNew ? own.addTo(running.kinds[kind]) : wanted;
  if (!setting && !isNew && !isOnly) {
    return html`<section class="state">
      <h1>${words.missing}</h1>
      <p>${words.missingAdvice}</p>
    </section>`;
  }
  const put = async (id, body, tag) => {
    const reply = await send("PUT /admin/settings/{kind}/{id}", { path: { kind, id }, headers: matching(tag), body });
    saved(form, shaped(kind, reply.body), reply.headers.get("etag") ?? tagOf(reply.body));
    state.setting = reply.body;
    draw();
  };
  const save = async ({ id, ...value }) => {
    const body = unshaped(kind, value, state.setting, fields);
    if (isNew) {
      if (!(await ask({ title: own.sure(id), advice: own.sureAdvice, yes: own.add }))) return;
      await put(id, body, `"0"`);
      location.assign(`/console/settings/${kind}`);
      return;
    }
    const before = state.setting && withoutEntry(state.setting);
    await put(wanted, body, form.tag);
    notice(own.saved, before ? () => put(wanted, before, form.tag) : null);
  };
  const reread = async () => {
    if (isNew) throw new Refused(own.exists(form.typed.id));
    const value = (await read()).find(({ id }) => id === wanted) ?? null;
    state.setting = value;
    return { value: shaped(kind, value ?? {}), tag: tagOf(value) };
  };
  const levels = [["/console/settings", words.pages.settings], ...(isOnly ? [] : [[`/console/settings/${kind}`, running.kinds[kind]]])];
  return html`${trail(levels)}
    <div class="page-head"><h1>${title}</h1></div>
    <p class="small">${setting ? words.changedBy(nameOf(setting.changed_by), dateAndTime(setting.changed_at)) : running.about[kind]}</p>
    ${editor(form, { button: isNew ? own.add : words.save, send: save, reread, draw, locked: user.isAdmin ? null : words.adminsOnly })}`;
}

if (SETTING_KINDS.includes(kind)) await screen({ title: running.kinds[kind], load, view });
else showNothing();

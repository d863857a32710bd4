// A promotion with a code, or a new one.
import { categoryOptions, tree } from "../../console/categories.js";
import { shopCurrencies } from "../../console/currencies.js";
import { formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen } from "../../console/frame.js";
import { complain, notice } from "../../console/notice.js";
import { names } from "../../console/people.js";
import { Refused } from "../../console/reason.js";
import { ruleFields } from "../../console/rule-fields.js";
import { running } from "../../console/running-words.js";
import { all, matching, send } from "../../console/session.js";
import { words } from "../../console/words.js";
import { dateAndTime } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { promotions: own } = running;
const wanted = decodeURIComponent(location.pathname.split("/")[3] ?? "");
const code = wanted === "new" ? null : wanted.toUpperCase();

/** The promotion as a form has it. The API has no route for one of them. */
async function read(code) {
  const { items } = await all("GET /admin/promotions");
  return items.find((promotion) => promotion.code === code) ?? null;
}

/** A promotion says its rule's members beside its own; a request says them apart.
 *
 * @returns {any} */
function asked({ limit, per_customer, ...rule }) {
  return { rule, ...(limit ? { limit } : {}), ...(per_customer ? { per_customer } : {}) };
}

async function load() {
  const [promotion, nodes, currencies, nameOf] = await Promise.all([code ? read(code) : null, tree(), shopCurrencies(), names()]);
  const fields = [
    ...(code ? [] : [{ at: "code", label: own.code, hint: own.codeHint, isCode: true, most: 24, isShort: true }]),
    ...ruleFields(categoryOptions(nodes), currencies),
    { at: "limit", label: own.limit, hint: own.limitHint, kind: "whole", least: 1, optional: true, isShort: true },
    { at: "per_customer", label: own.perCustomer, kind: "whole", least: 1, optional: true, isShort: true },
  ];
  const form = formOf(fields, promotion ?? {}, { name: `promotion ${code ?? "new"}`, tag: `"${promotion?.version ?? 0}"` });
  return { promotion, form, nameOf };
}

function view(state, { draw, user }) {
  const { promotion, form, nameOf } = state;
  if (code && !promotion) {
    return html`<section class="state">
      <h1>${words.missing}</h1>
      <p>${own.noSuch(code)}</p>
    </section>`;
  }
  const put = async (code, value, tag) => {
    const { body, headers } = await send("PUT /admin/promotions/{code}", { path: { code }, headers: matching(tag), body: asked(value) });
    saved(form, body, headers.get("etag") ?? `"${body.version}"`);
    state.promotion = body;
    draw();
  };
  const given = ({ type, rate, amount, paid, free, target, category, sku, min_subtotal, from, until, combinable, limit, per_customer }) =>
    Object.fromEntries(Object.entries({ type, rate, amount, paid, free, target, category, sku, min_subtotal, from, until, combinable, limit, per_customer }).filter(([, value]) => value !== null && value !== undefined));
  const save = async ({ code: typed, ...value }) => {
    if (!code) {
      await put(typed.toUpperCase(), value, `"0"`);
      location.assign(`/console/promotions/${typed.toUpperCase()}`);
      return;
    }
    const before = given(state.promotion);
    await put(code, value, form.tag);
    notice(own.saved(code), () => put(code, before, form.tag));
  };
  const reread = async () => {
    if (!code) throw new Refused(own.exists(form.typed.code.toUpperCase()));
    const value = await read(code);
    state.promotion = value;
    return { value: value ?? {}, tag: `"${value?.version ?? 0}"` };
  };
  // "It ends now" is a moment that has begun.
  const end = async () => {
    const before = given(promotion);
    await put(code, { ...before, until: new Date(Math.max(Date.now(), Date.parse(before.from) + 1000)).toISOString() }, form.tag);
    notice(own.ended(code), () => put(code, before, form.tag));
  };
  const isOver = promotion?.until && Date.parse(promotion.until) <= Date.now();
  return html`<nav class="trail" aria-label=${running.trail}>
      <ol>
        <li><a href="/console/promotions">${words.pages.promotions}</a></li>
      </ol>
    </nav>
    <div class="page-head">
      <h1>${code ?? own.add}</h1>
      ${user.isAdmin && promotion && !isOver ? html`<p class="page-actions"><button type="button" class="quiet" @click=${() => end().catch(complain)}>${own.end}</button></p>` : nothing}
    </div>
    ${promotion ? html`<p class="small">${own.uses(promotion.used, promotion.limit)} · ${words.changedBy(nameOf(promotion.changed_by), dateAndTime(promotion.changed_at))}</p>` : nothing}
    ${editor(form, { button: code ? words.save : own.create, send: save, reread, draw, locked: user.isAdmin ? null : words.adminsOnly })}`;
}

await screen({ title: code ?? own.add, load, view });

// The price of a variant, its reductions, and what it was.
import { dateAndTime, money } from "../language.js";
import { html } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { catalogue } from "./catalogue-words.js";
import { formOf, saved } from "./form-state.js";
import { editor } from "./form.js";
import { more } from "./more.js";
import { notice } from "./notice.js";
import { call } from "./session.js";

const { prices: words } = catalogue;
const PAGE = 10;

async function load(sku, cursor) {
  return call("GET /admin/catalogue/variants/{sku}/prices", { path: { sku }, query: { limit: PAGE, cursor } });
}

function begin(sku, variant, /** @type {any} */ { items, next_cursor }) {
  const { currency } = variant.price;
  const fields = [
    { at: "price", label: words.price, hint: words.priceHint, kind: "money", currency, isShort: true },
    {
      at: "sale",
      label: words.sale,
      hint: words.saleHint,
      kind: "group",
      optional: true,
      isRow: true,
      fields: [
        { at: "price", label: words.salePrice, kind: "money", currency, isShort: true },
        { at: "until", label: words.until, kind: "moment", isShort: true },
      ],
    },
  ];
  return { sku, items, cursor: next_cursor ?? null, form: formOf(fields, current(variant), { name: `price of ${sku}` }) };
}

/** The price as a change of it would repeat it. A reduction that is over is none.
 *
 * @returns {{ price: any, sale?: any }} */
function current({ price, sale }) {
  return sale && Date.parse(sale.until) > Date.now() ? { price, sale: { price: sale.price, until: sale.until } } : { price };
}

function view(state, draw) {
  const { variant, prices, nameOf } = state;
  const { sku, form } = prices;
  const change = async (body) => {
    const before = current(variant);
    const now = body.sale ? words.reduced(money(body.sale.price), money(body.price)) : money(body.price);
    const isSure = await ask({ title: words.sure, advice: words.sureAdvice(tag(before), now), yes: words.change });
    if (!isSure) return;
    const { lowest_30_days } = await call("POST /admin/catalogue/variants/{sku}/prices", { path: { sku }, body });
    const sale = body.sale ? { ...body.sale, lowest_30_days } : undefined;
    state.variant = { ...variant, price: body.price, sale };
    saved(form, current(state.variant), null);
    notice(lowest_30_days ? words.changedFrom(money(lowest_30_days)) : words.changed);
    const { items, next_cursor } = await load(sku);
    Object.assign(prices, { items, cursor: next_cursor ?? null });
  };
  const row = ({ valid_from, changed_by, before, after }) => html`<tr>
    <th scope="row">${dateAndTime(valid_from)}</th>
    <td>${tag(before)}</td>
    <td>${tag(after)}</td>
    <td>${nameOf(changed_by)}</td>
  </tr>`;
  return html`<section class="part" aria-labelledby="price">
    <h2 id="price">${words.title}</h2>
    <p class="figure">${tag(current(variant))}</p>
    ${editor(form, { button: words.change, send: change, draw })}
    <h3 id="history">${words.history}</h3>
    ${prices.items.length > 0
      ? html`<div class="scrolls" tabindex="0" role="group" aria-labelledby="history">
          <table class="table">
            <thead><tr><th scope="col">${words.when}</th><th scope="col">${words.before}</th><th scope="col">${words.after}</th><th scope="col">${words.by}</th></tr></thead>
            <tbody>${prices.items.map(row)}</tbody>
          </table>
        </div>`
      : html`<p class="small">${words.never}</p>`}
    ${more(prices, (cursor) => load(sku, cursor), draw)}
  </section>`;
}

/** @param {{ price: any, sale?: any }} given */
function tag({ price, sale }) {
  return sale ? words.reducedUntil(money(sale.price), money(price), dateAndTime(sale.until)) : money(price);
}

export const prices = { load, begin, view };

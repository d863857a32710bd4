// A product: what customers read, its pictures and its variants.
import { categoryOptions, tree } from "../../console/categories.js";
import { catalogue } from "../../console/catalogue-words.js";
import { shopCurrencies } from "../../console/currencies.js";
import { follow, formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen } from "../../console/frame.js";
import { notice } from "../../console/notice.js";
import { priceField, productFields, skuField, variantFields } from "../../console/product-fields.js";
import { pictures } from "../../console/product-pictures.js";
import { Refused } from "../../console/reason.js";
import { matching, send } from "../../console/session.js";
import { words } from "../../console/words.js";
import { date, money } from "../../language.js";
import { html, nothing } from "../../vendor/lit-html.js";

const product_id = location.pathname.split("/")[3] ?? "";

async function read() {
  const { body, headers } = await send("GET /admin/catalogue/products/{product_id}", { path: { product_id } });
  return { ...body, tag: headers.get("etag") };
}

async function load() {
  const [kept, nodes, currencies] = await Promise.all([read(), tree(), shopCurrencies()]);
  const options = categoryOptions(nodes);
  // A product may be of a category that the tree does not show yet.
  if (!options.some(([slug]) => slug === kept.product.category)) options.push([kept.product.category, kept.product.category]);
  const form = formOf(productFields(options), kept.product, { name: `product ${product_id}`, tag: kept.tag });
  const currency = kept.product.variants[0]?.price.currency ?? currencies[0];
  const variant = formOf([skuField(), priceField([currency], currency), ...variantFields()], {}, { name: `variant of ${product_id}`, tag: kept.tag });
  const pictures_ = pictures.load(kept);
  return { ...kept, form, variant, pictures: pictures_ };
}

/** Takes the product as it is after a change. */
function took(state, product, tag) {
  Object.assign(state, { product, tag });
  for (const form of [state.form, state.pictures.form]) follow(form, product, tag);
  state.variant.tag = tag;
}

function view(state, { draw }) {
  const { product, form } = state;
  const change = async (body, tag) => {
    const { body: after, headers } = await send("PATCH /admin/catalogue/products/{product_id}", { path: { product_id }, headers: matching(tag), body });
    saved(form, after, headers.get("etag"));
    took(state, after, form.tag);
    draw();
  };
  const save = async (value, changed) => {
    const before = state.product;
    const emptied = form.fields.find(({ at }) => changed.includes(at) && value[at] === undefined);
    if (emptied) throw new Refused(catalogue.cannotBeEmptied(emptied.label));
    await change(pick(value, changed), form.tag);
    const isUndoable = changed.every((at) => before[at] !== undefined);
    notice(catalogue.saved(state.product.title), isUndoable && changed.length > 0 ? () => change(pick(before, changed), form.tag) : null);
  };
  const reread = async () => {
    const { product, tag } = await read();
    state.product = product;
    return { value: product, tag };
  };
  return html`<div class="page-head">
      <h1>${product.title}</h1>
      <p class="page-actions">
        <span class="tag ${product.status}">${catalogue.states[product.status] ?? product.status}</span>
        ${product.status === "active" ? html`<a href=${`/p/${product.slug}`}>${catalogue.inShop}</a>` : nothing}
      </p>
    </div>
    <p class="small">${catalogue.since(date(product.created_at))} · <code>${product.product_id}</code></p>
    <section class="part" aria-labelledby="details">
      <h2 id="details">${catalogue.details}</h2>
      ${editor(form, { button: words.save, send: save, reread, draw })}
    </section>
    ${pictures.view(state, { draw, read, took })} ${variants(state, draw)}`;
}

function pick(value, names) {
  return Object.fromEntries(names.map((at) => [at, value[at]]));
}

function variants(state, draw) {
  const { product, stock, variant } = state;
  const left = (sku) => stock.find((level) => level.sku === sku)?.available ?? 0;
  const add = async (/** @type {any} */ { sku, ...body }) => {
    if (state.product.variants.some((known) => known.sku === sku.toUpperCase())) throw new Refused(catalogue.variantExists(sku));
    const { body: after, headers } = await send("PUT /admin/catalogue/products/{product_id}/variants/{sku}", { path: { product_id, sku: sku.toUpperCase() }, headers: matching(variant.tag), body });
    saved(variant, {}, headers.get("etag"));
    took(state, after, variant.tag);
    notice(catalogue.variantAdded(sku));
  };
  const reread = async () => {
    const { tag } = await read();
    return { value: {}, tag };
  };
  return html`<section class="part" aria-labelledby="variants">
    <h2 id="variants">${catalogue.fields.variants}</h2>
    <div class="scrolls" tabindex="0" role="group" aria-labelledby="variants">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">${catalogue.fields.sku}</th>
            <th scope="col">${catalogue.fields.variantTitle}</th>
            <th scope="col" class="amount">${catalogue.fields.price}</th>
            <th scope="col" class="amount">${catalogue.available}</th>
            <th scope="col">${catalogue.fields.status}</th>
          </tr>
        </thead>
        <tbody>
          ${product.variants.map(
            ({ sku, title, price, sale, retired }) => html`<tr>
              <th scope="row"><a href=${`/console/variants/${sku}`}>${sku}</a></th>
              <td>${title}</td>
              <td class="amount">${sale && Date.parse(sale.until) > Date.now() ? html`<s>${money(price)}</s> ${money(sale.price)}` : money(price)}</td>
              <td class="amount">${left(sku)}</td>
              <td>${retired ? catalogue.retired : catalogue.onSale}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <details ?open=${variant.isRestored}>
      <summary>${catalogue.addVariant}</summary>
      ${editor(variant, { button: catalogue.addVariant, send: add, reread, draw })}
    </details>
  </section>`;
}

await screen({ title: ({ product }) => product.title, load, view });

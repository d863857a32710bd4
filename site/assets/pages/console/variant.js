// A variant: its price and what it was, its stock and what moved it, and what is said of it.
import { catalogue } from "../../console/catalogue-words.js";
import { formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen } from "../../console/frame.js";
import { notice } from "../../console/notice.js";
import { names } from "../../console/people.js";
import { variantFields } from "../../console/product-fields.js";
import { call, matching, send } from "../../console/session.js";
import { prices } from "../../console/variant-prices.js";
import { stock } from "../../console/variant-stock.js";
import { words } from "../../console/words.js";
import { html, nothing } from "../../vendor/lit-html.js";

const sku = decodeURIComponent(location.pathname.split("/")[3] ?? "").toUpperCase();
const { fields: labels } = catalogue;

async function read(product_id) {
  const { body, headers } = await send("GET /admin/catalogue/products/{product_id}", { path: { product_id } });
  return { product: body.product, variant: body.product.variants.find((variant) => variant.sku === sku), tag: headers.get("etag") };
}

async function load() {
  const found = await call("GET /admin/catalogue/products", { query: { sku } });
  const product_id = found.items[0]?.product_id;
  if (!product_id) return { product: null };
  const [kept, history, levels, nameOf] = await Promise.all([read(product_id), prices.load(sku), stock.load(sku), names()]);
  const fields = [...variantFields(), { at: "retired", label: labels.retired, hint: labels.retiredHint, kind: "check" }];
  const form = formOf(fields, kept.variant, { name: `variant ${sku}`, tag: kept.tag });
  return { ...kept, form, prices: prices.begin(sku, kept.variant, history), stock: stock.begin(sku, levels), nameOf };
}

function view(state, { draw }) {
  const { product, variant, form } = state;
  if (!product) {
    return html`<section class="state">
      <h1>${words.missing}</h1>
      <p>${catalogue.noSuchSku(sku)}</p>
    </section>`;
  }
  const { product_id } = product;
  const change = async (body, tag) => {
    const { body: after, headers } = await send("PUT /admin/catalogue/products/{product_id}/variants/{sku}", { path: { product_id, sku }, headers: matching(tag), body });
    const kept = after.variants.find((variant) => variant.sku === sku);
    saved(form, kept, headers.get("etag"));
    Object.assign(state, { product: after, variant: kept });
    draw();
  };
  const save = async (value) => {
    const { title, tax_rate, goods, content, retired = false } = state.variant;
    await change(value, form.tag);
    notice(catalogue.saved(sku), () => change({ title, tax_rate, goods: goods ?? {}, content, retired }, form.tag));
  };
  const reread = async () => {
    const { variant, tag } = await read(product_id);
    state.variant = variant;
    return { value: variant, tag };
  };
  return html`<nav class="trail" aria-label=${catalogue.trail}>
      <ol>
        <li><a href="/console/products">${words.pages.products}</a></li>
        <li><a href=${`/console/products/${product_id}`}>${product.title}</a></li>
      </ol>
    </nav>
    <div class="page-head">
      <h1>${product.title}, ${variant.title}</h1>
      <p class="small"><code>${sku}</code></p>
      ${variant.retired ? html`<p class="page-actions"><span class="tag archived">${catalogue.retired}</span></p>` : nothing}
    </div>
    ${prices.view(state, draw)} ${stock.view(state, draw)}
    <section class="part" aria-labelledby="details">
      <h2 id="details">${catalogue.details}</h2>
      ${editor(form, { button: words.save, send: save, reread, draw })}
    </section>`;
}

await screen({ title: () => sku, load, view });

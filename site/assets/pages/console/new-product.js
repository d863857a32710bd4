// A new product, which begins as a draft unless somebody says otherwise.
import { categoryOptions, tree } from "../../console/categories.js";
import { catalogue } from "../../console/catalogue-words.js";
import { formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen } from "../../console/frame.js";
import { priceField, productFields, skuField, slugOf, variantFields } from "../../console/product-fields.js";
import { call } from "../../console/session.js";
import { shopCurrencies } from "../../console/currencies.js";
import { html } from "../../vendor/lit-html.js";

async function load() {
  const [nodes, currencies] = await Promise.all([tree(), shopCurrencies()]);
  const variants = {
    at: "variants",
    label: catalogue.fields.variants,
    kind: "list",
    least: 1,
    add: catalogue.addVariant,
    name: (item, index) => item.title || catalogue.variant(index + 1),
    fields: [skuField(), priceField(currencies, currencies[0]), ...variantFields()],
  };
  const form = formOf([...productFields(categoryOptions(nodes)), variants], { status: "draft", variants: [{}] }, { name: "new product" });
  return { form };
}

function view({ form }, { draw }) {
  // As long as nobody has written a slug, it is the title's.
  let slug = slugOf(form.typed.title);
  const redraw = () => {
    const next = slugOf(form.typed.title);
    if (form.typed.slug === slug || form.typed.slug === "") form.typed.slug = next;
    slug = next;
    draw();
  };
  const send = async (body) => {
    const product = await call("POST /products", { body });
    saved(form, {}, null);
    location.assign(`/console/products/${product.product_id}`);
  };
  return html`<div class="page-head"><h1>${catalogue.add}</h1></div>
    ${editor(form, { button: catalogue.create, send, draw: redraw })}`;
}

await screen({ title: catalogue.add, load, view });

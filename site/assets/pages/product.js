import { isProblem } from "../client/index.js";
import { date, money, text } from "../language.js";
import { page, reason, shelves } from "../page.js";
import { picture } from "../parts/picture.js";
import { isSignedIn, shop, signInPath } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
/** Less than this is said. */
const FEW = 5;

async function load() {
  const [product, tree] = await Promise.all([shop.call("GET /products/{product_id}", { path: { product_id: name }, anonymous: true }), shelves()]);
  const wanted = new URLSearchParams(location.search).get("variant");
  const { variants } = product;
  const chosen = variants.find(({ sku }) => sku === wanted) ?? variants.find(({ in_stock }) => in_stock) ?? variants[0];
  return { product, trail: trail(tree, product.category), sku: chosen?.sku, image: 0, watch: null, added: null };
}

function trail(tree, slug, above = []) {
  for (const category of tree) {
    const here = [...above, category];
    if (category.slug === slug) return here;
    const below = trail(category.children, slug, here);
    if (below.length > 0) return below;
  }
  return [];
}

function view(state, { draw }) {
  const { product, trail } = state;
  const variant = product.variants.find(({ sku }) => sku === state.sku);
  return html`
    ${trail.length > 0
      ? html`<nav class="trail" aria-label=${text.trail}>
          <ol>
            ${trail.map(({ slug, title }) => html`<li><a href=${`/c/${slug}`}>${title}</a></li>`)}
          </ol>
        </nav>`
      : nothing}
    <article class="product">
      ${gallery(state, draw)}
      <div class="product-words">
        <h1>${product.title}</h1>
        ${variant ? price(variant) : nothing} ${variants(state, draw)} ${variant ? stock(state, variant, draw) : nothing} ${variant?.in_stock ? purchase(state, variant, draw) : nothing}
        ${product.description ? html`<div class="description">${product.description.split(/\n+/).map((part) => html`<p>${part}</p>`)}</div>` : nothing}
        ${facts(product, variant)}
      </div>
    </article>
  `;
}

function gallery(state, draw) {
  const { images = [], title } = state.product;
  const shown = images[state.image];
  const sizes = "(min-width: 60rem) 36rem, 92vw";
  return html`<div class="gallery">
    ${picture(shown, { sizes, eager: true, alt: shown?.alt || title })}
    ${images.length > 1
      ? html`<ul class="thumbs" aria-label=${text.product.pictures}>
          ${images.map((image, index) => {
            const show = () => draw(Object.assign(state, { image: index }));
            const label = text.product.picture(index + 1, images.length);
            return html`<li>
              <button type="button" aria-label=${label} aria-pressed=${index === state.image} @click=${show}>${picture(image, { sizes: "5rem", alt: "" })}</button>
            </li>`;
          })}
        </ul>`
      : nothing}
  </div>`;
}

function price({ price, sale, content }) {
  const asked = sale ? sale.price : price;
  return html`<div class="price">
    <p class="ticket big ${sale ? "reduced" : ""}">
      ${sale ? html`<span class="hidden">${text.product.now}</span>` : nothing}<span class="amount">${money(asked)}</span>
    </p>
    ${sale
      ? html`<p class="before">
          ${text.product.before} <s>${money(price)}</s><br />
          ${text.product.lowest(money(sale.lowest_30_days))}<br />
          ${text.product.until(date(sale.until))}
        </p>`
      : nothing}
    <p class="small">${content ? html`${perUnit(asked, content)} · ` : nothing}${text.product.taxIncluded}</p>
  </div>`;
}

/** The price of a kilogram, a litre or a metre, as the law has it compared (Directive 98/6/EC). */
function perUnit({ amount, currency }, content) {
  const [unit, of] = { g: ["kg", 1000], ml: ["l", 1000], cm: ["m", 100] }[content.unit];
  return `${money({ amount: Math.round((amount * of) / content.amount), currency })} / ${unit}`;
}

function variants(state, draw) {
  const { variants } = state.product;
  if (variants.length < 2) return nothing;
  const choose = (sku) => {
    history.replaceState(null, "", `?variant=${encodeURIComponent(sku)}`);
    draw(Object.assign(state, { sku, watch: null, added: null }));
  };
  return html`<fieldset class="variants">
    <legend>${text.product.variant}</legend>
    ${variants.map(
      ({ sku, title, in_stock }) => html`<label class=${in_stock ? "" : "gone"}>
        <input type="radio" name="variant" value=${sku} .checked=${sku === state.sku} @change=${() => choose(sku)} />
        <span>${title}${in_stock ? nothing : html`<span class="hidden"> (${text.product.soldOut})</span>`}</span>
      </label>`,
    )}
  </fieldset>`;
}

function stock(state, { sku, in_stock, available, ships_in_days }, draw) {
  if (ships_in_days) return html`<p class="stock later">${text.product.shipsIn(ships_in_days)}</p>`;
  if (in_stock) return html`<p class="stock in">${available < FEW ? text.product.few(available) : text.product.inStock}</p>`;
  const { watch } = state;
  const ask = async (on) => {
    state.watch = { busy: true };
    draw();
    try {
      await shop.call("PUT /stock/{sku}/watch", { path: { sku }, body: { on } });
      state.watch = { on };
    } catch (error) {
      if (isProblem(error) && error.status === 401) location.assign(signInPath());
      state.watch = { problem: reason(error) };
    }
    draw();
  };
  return html`<div class="stock out">
    <p>${text.product.soldOut}</p>
    ${!isSignedIn()
      ? html`<p><a href=${signInPath()}>${text.product.signInToWatch}</a></p>`
      : watch?.on
        ? html`<p role="status">${text.product.watching} <button type="button" class="link" @click=${() => ask(false)}>${text.product.unwatch}</button></p>`
        : html`<p><button type="button" class="quiet" ?disabled=${watch?.busy ?? false} @click=${() => ask(true)}>${text.product.watch}</button></p>`}
    ${watch?.problem ? html`<p class="notice bad" role="alert">${watch.problem}</p>` : nothing}
  </div>`;
}

/** The basket is loaded with the first article that is put into it. */
function purchase(state, { sku }, draw) {
  const { added } = state;
  const put = async () => {
    state.added = { busy: true };
    draw();
    try {
      const [{ add }, { openDrawer }] = await Promise.all([import("../basket.js"), import("../parts/drawer.js")]);
      await add(sku);
      state.added = null;
      draw();
      await openDrawer();
    } catch (error) {
      state.added = { problem: reason(error) };
      draw();
    }
  };
  return html`<div class="purchase">
    <p><button type="button" ?disabled=${added?.busy ?? false} @click=${put}>${text.product.add}</button></p>
    ${added?.problem ? html`<p class="notice bad" role="alert">${added.problem}</p>` : nothing}
  </div>`;
}

function facts({ attributes = [], manufacturer, responsible_person }, variant) {
  const operator = ({ name, postal_address, electronic_address }) => html`${name}<br />${postal_address}<br />${electronic_address}`;
  const known = [
    ...attributes.map(({ name, value }) => [name, value]),
    ...(variant?.goods?.weight_g ? [[text.product.weight, text.product.grams(variant.goods.weight_g)]] : []),
    ...(manufacturer ? [[text.product.manufacturer, operator(manufacturer)]] : []),
    ...(responsible_person ? [[text.product.responsible, operator(responsible_person)]] : []),
    ...(variant ? [[text.product.sku, variant.sku]] : []),
  ];
  return html`<dl class="facts">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${variant?.goods?.no_withdrawal ? html`<p class="small">${text.product.noWithdrawal}</p>` : nothing}`;
}

await page({ title: ({ product }) => product.title, load, view });

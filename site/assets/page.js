// What every page has: the header with the search, the footer, and a main part that loads, shows something, or says why it cannot.
import { Unreachable, isProblem } from "./client/index.js";
import { LANGUAGES, language, speak, text } from "./language.js";
import { searchBox } from "./parts/search-box.js";
import { isSignedIn, pieces, shop, signInPath } from "./shop.js";
import { html, nothing, render } from "./vendor/lit-html.js";

export { reason } from "./parts/reason.js";

const SHELVES = "bodega.shelves";

/** Shows a page.
 *
 * `load` fetches what it shows, and `view` makes a template of that, anew at each `draw`. `title` is of the same. An `account` page needs
 * somebody who is signed in, and a page with a `session` is content with a guest. */
export async function page({ title, load = async () => ({}), view, skeleton = lines, account = false, session = account }) {
  if (account ? !isSignedIn() : session && !shop.session) {
    location.replace(signInPath());
    return;
  }
  const main = frame();
  let state;
  const draw = () => render(view(state, { draw, reload }), main);
  async function reload() {
    render(html`<div class="wait" aria-busy="true"><p class="hidden" role="status">${text.loading}</p>${skeleton()}</div>`, main);
    try {
      state = await load();
    } catch (error) {
      if (isProblem(error) && error.status === 401 && (session || !isSignedIn())) {
        location.replace(signInPath());
        return;
      }
      fail(error, main, reload);
      return;
    }
    document.title = named(typeof title === "function" ? title(state) : title);
    draw();
  }
  document.title = named(typeof title === "function" ? "" : title);
  await reload();
}

function named(title) {
  return title ? `${title} – Bodega` : "Bodega";
}

/** Draws header and footer once, and returns the main part. */
function frame() {
  const draw = (tree) =>
    render(html`<a class="skip" href="#main">${text.skip}</a>${header(tree)}<main id="main" tabindex="-1"></main>${footer()}`, document.body);
  let tree = [];
  const again = () => draw(tree);
  again();
  void shelves().then((shelves) => {
    tree = shelves;
    again();
  });
  addEventListener("pieces", again);
  const offline = () => document.body.classList.toggle("offline", !navigator.onLine);
  addEventListener("online", offline);
  addEventListener("offline", offline);
  offline();
  return document.querySelector("main");
}

function header(tree) {
  const here = (path) => (location.pathname === path ? "page" : nothing);
  const account = isSignedIn() ? "/account" : "/account/sign-in";
  return html`
    <p class="offline-notice" role="status">${text.offline.banner}</p>
    <header class="head">
      <div class="awning" aria-hidden="true"></div>
      <div class="head-row">
        <a class="sign" href="/" aria-current=${here("/")}>Bodega</a>
        ${searchBox()}
        <p class="head-links">
          <a class="head-link" href=${account}>${isSignedIn() ? text.account.title : text.signIn.title}</a>
          <button type="button" class="head-link basket-button" @click=${openBasket}>${text.basket.title}${pieces() ? html` <span class="basket-count">${pieces()}</span>` : nothing}</button>
        </p>
      </div>
      <nav class="shelf-links" aria-label=${text.shelves}>
        <ul>
          ${tree.map(({ slug, title }) => html`<li><a href=${`/c/${slug}`} aria-current=${here(`/c/${slug}`)}>${title}</a></li>`)}
        </ul>
      </nav>
    </header>
  `;
}

/** Most pages are left without anybody looking into the basket, so it is loaded when somebody does. */
async function openBasket() {
  const { openDrawer } = await import("./parts/drawer.js");
  await openDrawer();
}

function footer() {
  const legal = ["imprint", "privacy", "terms", "withdrawal", "shipping"];
  return html`
    <footer class="foot">
      <div class="foot-row">
        <p class="foot-sign">Bodega<span>${text.motto}</span></p>
        <nav aria-label=${text.legal.title}>
          <ul>
            ${legal.map((name) => html`<li><a href=${`/legal/${name}`}>${text.legal[name].title}</a></li>`)}
            <li><a href="/withdrawal">${text.legal.withdraw}</a></li>
          </ul>
        </nav>
        <ul class="languages" aria-label=${text.language}>
          ${Object.entries(LANGUAGES).map(
            ([tag, name]) => html`<li>
              <button type="button" class="link" lang=${tag} aria-pressed=${tag === language} @click=${() => speak(tag)}>${name}</button>
            </li>`,
          )}
        </ul>
      </div>
    </footer>
  `;
}

let asked;

/** The tree of categories: at once that of the page before, if there was one. */
export async function shelves() {
  asked ??= shop.call("GET /categories", { anonymous: true }).then(({ items }) => {
    remember(items);
    return items;
  });
  const newest = asked.catch(() => []);
  return sessionShelves() ?? (await newest);
}

function sessionShelves() {
  try {
    return JSON.parse(sessionStorage.getItem(SHELVES));
  } catch {
    return null;
  }
}

function remember(tree) {
  try {
    sessionStorage.setItem(SHELVES, JSON.stringify(tree));
  } catch {
    // Then each page asks.
  }
}

/** Says why there is nothing to show, and what to do about it. */
function fail(error, main, reload) {
  if (isProblem(error) && error.status === 404) {
    showNotFound(main);
    return;
  }
  const isOffline = error instanceof Unreachable;
  if (!isOffline && !isProblem(error)) console.error(error);
  const { title, advice } = isOffline ? text.offline : text.failed;
  document.title = named(title);
  render(
    html`<section class="state" role="alert">
      <h1>${title}</h1>
      <p>${advice}</p>
      <p><button type="button" @click=${reload}>${text.again}</button></p>
      ${isProblem(error) && error.requestId ? html`<p class="small">${text.requestId} <code>${error.requestId}</code></p>` : nothing}
    </section>`,
    main,
  );
}

/** Says that there is no such page. */
export function showNotFound(main = frame()) {
  document.title = named(text.notFound.title);
  render(
    html`<section class="state">
      <p class="state-number" aria-hidden="true">404</p>
      <h1>${text.notFound.title}</h1>
      <p>${text.notFound.advice}</p>
      <p><a class="button" href="/">${text.home.link}</a></p>
    </section>`,
    main,
  );
}

/** What a page of text looks like before it is there. */
export function lines() {
  return html`<div class="bone bone-title"></div>
    <div class="bone"></div>
    <div class="bone"></div>`;
}

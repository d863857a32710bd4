// What every page of the console has: where to go, the search, who is signed in, and a main part that loads, shows something, or says why
// it cannot.
import { isProblem } from "../client/index.js";
import { LANGUAGES, language, speak, text } from "../language.js";
import { isSignedIn, recall, signOut } from "../shop.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import { forgetDrafts } from "./drafts.js";
import { SignedOut, reason } from "./reason.js";
import { call, consoleSignInPath, knownAs } from "./session.js";
import { words } from "./words.js";

/** The pages, and whether they are admins' alone. */
const PAGES = [
  { path: "/console", name: "today" },
  { path: "/console/orders", name: "orders" },
  { path: "/console/products", name: "products" },
  { path: "/console/categories", name: "categories" },
  { path: "/console/stock", name: "stock" },
  { path: "/console/imports", name: "imports" },
  { path: "/console/promotions", name: "promotions" },
  { path: "/console/disputes", name: "disputes" },
  { path: "/console/payouts", name: "payouts", isAdmins: true },
  { path: "/console/ledger", name: "ledger", isAdmins: true },
  { path: "/console/settings", name: "settings" },
  { path: "/console/staff", name: "staff" },
  { path: "/console/audit", name: "audit", isAdmins: true },
];

/** The setting of a reader who does not want `/` to mean anything (WCAG 2.1.4). */
export const SHORTCUTS_OFF = "bodega.console.shortcuts-off";

const here = location.pathname.replace(/\/$/, "") || "/";

/** Shows a page, to those who have a role.
 *
 * @param {{ title: any, load?: (user: any) => Promise<any>, view: (state: any, page: any) => any }} page
 *
 * `load` fetches what it shows, and `view` makes a template of that, anew at each `draw`. Both get `user`, with `isAdmin`. `title` is the
 * page's, or a function of what was loaded. */
export async function screen({ title, load = async () => ({}), view }) {
  if (!isSignedIn()) {
    location.replace(consoleSignInPath());
    return;
  }
  const main = frame(null);
  let state, user;
  const draw = () => render(view(state, { draw, reload, user }), main);
  async function reload() {
    render(html`<div class="wait" aria-busy="true"><p class="hidden" role="status">${text.loading}</p>${bones()}</div>`, main);
    try {
      user ??= await whoIsThis();
      if (user.roles.length === 0) return await turnAway("customer", user, main);
      state = await load(user);
    } catch (error) {
      if (isProblem(error, "staff_only")) await turnAway(user.second_factor ? "again" : "factor", user, main);
      else fail(error, main, reload);
      return;
    }
    frame(user);
    document.title = named(typeof title === "function" ? title(state) : title);
    draw();
  }
  document.title = named(typeof title === "function" ? "" : title);
  await reload();
}

async function whoIsThis() {
  const user = await call("GET /users/{user_id}", { path: { user_id: "me" } });
  knownAs(user.email);
  return { ...user, isAdmin: user.roles.includes("admin") };
}

/** Explains to somebody who is signed in why there is nothing to see. */
async function turnAway(why, user, main) {
  frame(user, true);
  const { door } = await import("./door.js");
  door(why, user, main);
}

function named(title) {
  return title ? `${title} – ${words.title}` : words.title;
}

/** Draws what is around the main part, and returns that. Whoever may not go anywhere sees no ways. */
function frame(user, isBare = false) {
  const view = html`<a class="skip" href="#main">${text.skip}</a>
    <p class="offline-notice" role="status">${text.offline.banner}</p>
    ${header(user, isBare)}
    <div class=${isBare ? "desk bare" : "desk"}>
      <nav class="rail" id="rail" aria-label=${words.title} ?hidden=${isBare}>
        <ul>
          ${PAGES.filter(({ isAdmins }) => !isAdmins || user?.isAdmin).map(({ path, name }) => html`<li><a href=${path} aria-current=${isAt(path)}>${words.pages[name]}</a></li>`)}
        </ul>
      </nav>
      <main id="main" tabindex="-1"></main>
    </div>
    <div id="notices" role="status"></div>`;
  render(view, document.body);
  listen();
  return document.querySelector("main");
}

function isAt(path) {
  if (here === path) return "page";
  const above = here.replace("/console/variants/", "/console/products/");
  return path !== "/console" && above.startsWith(`${path}/`) ? "true" : nothing;
}

function header(user, isBare) {
  const isOfOrders = here.startsWith("/console/orders");
  const [action, label] = isOfOrders ? ["/console/orders", words.searchOrders] : ["/console/products", words.search];
  const q = here === action ? (new URLSearchParams(location.search).get("q") ?? "") : "";
  const toggle = (event) => {
    const isOpen = document.body.classList.toggle("rail-open");
    event.currentTarget.setAttribute("aria-expanded", String(isOpen));
  };
  const leave = async () => {
    forgetDrafts();
    await signOut();
    location.assign("/console/sign-in");
  };
  return html`<header class="bar">
    <a class="bar-sign" href="/console">Bodega <span>${words.title}</span></a>
    <form class="bar-search" role="search" action=${action} ?hidden=${isBare}>
      <label class="hidden" for="q">${label}</label>
      <input id="q" name="q" type="search" maxlength="100" autocomplete="off" placeholder=${label} value=${q} aria-keyshortcuts=${recall(SHORTCUTS_OFF) ? nothing : "/"} />
    </form>
    <button type="button" class="bar-menu" ?hidden=${isBare} aria-expanded="false" aria-controls="rail" @click=${toggle}>${words.menu}</button>
    <div class="bar-links ${isBare ? "always" : ""}">
      <a href="/">${words.shop}</a>
      ${Object.keys(LANGUAGES)
        .filter((tag) => tag !== language)
        .map((tag) => html`<button type="button" class="link" lang=${tag} @click=${() => speak(tag)}>${LANGUAGES[tag]}</button>`)}
      ${user ? html`<a href="/console/you" aria-current=${isAt("/console/you")}>${user.name ?? user.email}</a>` : nothing}
      ${isSignedIn() ? html`<button type="button" class="link" @click=${leave}>${text.account.signOut}</button>` : nothing}
    </div>
  </header>`;
}

let isListening = false;

function listen() {
  if (isListening) return;
  isListening = true;
  const offline = () => document.body.classList.toggle("offline", !navigator.onLine);
  addEventListener("online", offline);
  addEventListener("offline", offline);
  offline();
  addEventListener("keydown", (event) => {
    const field = /** @type {HTMLInputElement | null} */ (document.getElementById("q"));
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape" && at === field) field.blur();
    const isTyping = at.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || recall(SHORTCUTS_OFF)) return;
    event.preventDefault();
    field?.focus();
    field?.select();
  });
}

/** Says why there is nothing to show, and what to do about it. */
function fail(error, main, reload) {
  const isMissing = isProblem(error) && error.status === 404;
  const title = error instanceof SignedOut ? words.session.ended : isMissing ? words.missing : text.failed.title;
  document.title = named(title);
  const view = html`<section class="state" role="alert">
    <h1>${title}</h1>
    <p>${isMissing ? words.missingAdvice : error instanceof SignedOut ? words.session.advice : reason(error)}</p>
    <p><button type="button" @click=${reload}>${error instanceof SignedOut ? text.signIn.title : text.again}</button></p>
    ${isProblem(error) && error.requestId && !isMissing ? html`<p class="small">${text.requestId} <code>${error.requestId}</code></p>` : nothing}
  </section>`;
  render(view, main);
}

/** Shows a page without asking who is there: to sign in. */
export function openScreen(title, view, { isBare = false } = {}) {
  const main = frame(null, isBare);
  document.title = named(title);
  const draw = () => render(view(draw), main);
  draw();
}

/** Says that there is no such page. */
export function showNothing() {
  openScreen(
    words.missing,
    () => html`<section class="state">
      <h1>${words.missing}</h1>
      <p>${words.missingAdvice}</p>
    </section>`,
  );
}

function bones() {
  return html`<div class="bone bone-title"></div>
    <div class="bone"></div>
    <div class="bone"></div>`;
}

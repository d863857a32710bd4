// The staff's session. Where it has ended, whoever is in front of the page signs in again on top of it, and nothing is lost.
import { isProblem } from "../client/index.js";
import { text } from "../language.js";
import { signInForm, signInState } from "../parts/sign-in.js";
import { isSignedIn, shop, signIn } from "../shop.js";
import { html, render } from "../vendor/lit-html.js";
import { SignedOut } from "./reason.js";
import { words } from "./words.js";

/** Who was signed in, for the field that asks again. */
let known = "";

export function knownAs(email) {
  known = email ?? "";
}

/** Returns the path of the sign-in page, which then leads back here. */
export function consoleSignInPath() {
  const here = location.pathname + location.search;
  return here === "/console" ? "/console/sign-in" : `/console/sign-in?next=${encodeURIComponent(here)}`;
}

/** Sends a request and returns its reply. If the session has ended, it is sent once somebody has signed in again. */
export const send = /** @type {typeof shop.send} */ (
  async (route, ...rest) => {
    for (;;) {
      try {
        return await shop.send(route, ...rest);
      } catch (error) {
        if (!hasEnded(error)) throw error;
        await signInAgain();
      }
    }
  }
);

/** Sends a request and returns the body of its reply. */
export const call = /** @type {typeof shop.call} */ (async (route, ...rest) => (await send(route, ...rest)).body);

/** Returns all items of a list, up to so many pages of a hundred.
 *
 * @param {any} route
 * @param {any} request */
export async function all(route, request = {}, pages = 20) {
  const items = [];
  let cursor;
  for (let page = 0; page < pages; page += 1) {
    const body = /** @type {any} */ (await call(route, { ...request, query: { ...request.query, limit: 100, cursor } }));
    items.push(...body.items);
    cursor = body.next_cursor;
    if (!cursor) return { items, isWhole: true };
  }
  return { items, isWhole: false };
}

/** The version of a resource that a change is made of. */
export function matching(tag) {
  return { "If-Match": tag };
}

function hasEnded(error) {
  return isProblem(error) && error.status === 401 && (!isSignedIn() || error.code.startsWith("token_") || error.code === "session_revoked");
}

/** The dialog, while it is open. Requests that are refused at the same time share it. */
let open;

function signInAgain() {
  open ??= ask().finally(() => (open = undefined));
  return open;
}

function ask() {
  return new Promise((resolve, reject) => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    dialog.setAttribute("aria-labelledby", "again-title");
    const state = signInState();
    const draw = () => render(view(), dialog);
    const entered = async (tokens) => {
      signIn(tokens);
      dialog.close("entered");
    };
    const view = () => html`<h2 id="again-title">${state.challenge ? text.signIn.second : words.session.ended}</h2>
      <p>${words.session.advice}</p>
      ${signInForm(state, { draw, entered, email: known, id: "again" })}
      <p><button type="button" class="link" @click=${() => dialog.close()}>${words.session.later}</button></p>`;
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "entered") resolve(undefined);
      else reject(new SignedOut());
    });
    draw();
    document.body.append(dialog);
    dialog.showModal();
    /** @type {HTMLElement | null} */
    const first = dialog.querySelector(known ? "[type=password]" : "input");
    first?.focus();
  });
}

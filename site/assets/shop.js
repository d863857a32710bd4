// The shop's API, and who is signed in.
import { Shop } from "./client/index.js";

const SESSION = "bodega.session";
const DEVICE = "bodega.device";
const PIECES = "bodega.pieces";

/** Reads or writes what the browser keeps of this shop. Where it keeps nothing, the page does. */
const kept = new Map();

export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return kept.get(name) ?? null;
  }
}

export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    kept.set(name, value);
  }
}

export const shop = new Shop({ session: { read: () => recall(SESSION), write: (session) => keep(SESSION, session) } });

/** Whether somebody with an account is signed in, as far as this browser knows. */
export function isSignedIn() {
  return shop.session !== null && !shop.session.guest;
}

/** What a device is recognised by when its user signs in again. */
export function device() {
  return recall(DEVICE);
}

/** How many pieces the basket has, as far as this browser knows. */
export function pieces() {
  return recall(PIECES) ?? 0;
}

/** Remembers how many pieces the basket has, and tells the page's header. */
export function countPieces(number) {
  keep(PIECES, number || null);
  dispatchEvent(new Event("pieces"));
}

/** Keeps the tokens of a reply to signing in. */
export function signIn(tokens) {
  if (tokens.device_token) keep(DEVICE, tokens.device_token);
  shop.signIn(tokens);
}

/** Ends the session, here and at the shop. */
export async function signOut() {
  await shop.call("DELETE /sessions/{session_id}", { path: { session_id: "current" } }).catch(() => undefined);
  shop.forget();
  countPieces(0);
}

/** The path of the sign-in page, which then leads back here. */
export function signInPath() {
  return `/account/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}

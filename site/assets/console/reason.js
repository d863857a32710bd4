// Why something was refused, in the console's words.
import { reason as because } from "../parts/reason.js";
import { words } from "./words.js";

/** The session has ended, and nobody has signed in again. What was typed is still there. */
export class SignedOut extends Error {}

/** What the console does not ask the API for. The message says why. */
export class Refused extends Error {}

export function reason(error) {
  if (error instanceof Refused) return error.message;
  return error instanceof SignedOut ? words.session.ended : because(error, words.refused);
}

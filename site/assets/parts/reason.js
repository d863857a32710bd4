// Why something was refused, in words.
import { Unreachable, isProblem } from "../client/index.js";
import { text } from "../language.js";

/** A refusal in words: those of the page's language where it has some, and the API's otherwise. `words` come first, by code. */
export function reason(error, words = {}) {
  if (error instanceof Unreachable) return text.offline.advice;
  if (!isProblem(error)) {
    console.error(error);
    return text.failed.advice;
  }
  if (error.status === 429 && error.retryAfter) return text.refused.too_many_tries(Math.ceil(error.retryAfter / 60));
  const known = words[error.code] ?? text.refused[error.code];
  return typeof known === "string" ? known : error.status >= 500 ? text.failed.advice : error.detail;
}

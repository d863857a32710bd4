/** How long to go on with a request that is refused for a passing reason. */
export interface Patience {
  /** How often a request is sent at most. */
  attempts: number;
  /** The first pause in milliseconds, if the API names none. Each further one is twice as long. */
  firstPause: number;
  /** The longest pause in milliseconds. A request that has to wait longer fails at once, and the error says how long. */
  longestPause: number;
}

export const PATIENCE: Patience = { attempts: 4, firstPause: 300, longestPause: 10_000 };

/** Returns how long to wait before the next attempt; `null` if it is the API's wish that there is none. */
export function pause(patience: Patience, attempt: number, retryAfter: number | undefined): number | null {
  if (attempt >= patience.attempts) return null;
  // Clients that were refused together do not come back together.
  const own = patience.firstPause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  const wanted = retryAfter === undefined ? own : retryAfter * 1000;
  return wanted > patience.longestPause ? null : wanted;
}

/** Waits, or ends with the signal's reason. */
export function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const done = () => {
      signal?.removeEventListener("abort", ended);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const ended = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", ended, { once: true });
  });
}

/** Returns `Retry-After` in seconds. It may be a date, too. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

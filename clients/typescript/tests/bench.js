// A shop's API that answers as a test says, and remembers what it was sent.
import { Shop } from "../../../site/assets/client/index.js";

export const NOW = Date.parse("2026-03-01T12:00:00Z");

/** Returns a reply with a JSON body. */
export function reply(status, body, headers = {}) {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

export function refusal(status, code, headers = {}) {
  return reply(status, { type: `https://bodega.example/problems/${code}`, title: "", status, code, detail: `it is ${code}` }, headers);
}

export function tokens(number) {
  return { access_token: `access ${number}`, refresh_token: `refresh ${number}`, expires_in: 600, token_type: "Bearer", user_id: "usr_1" };
}

export function session(number, expiresIn = 600_000) {
  const { access_token, refresh_token, user_id } = tokens(number);
  return { userId: user_id, accessToken: access_token, refreshToken: refresh_token, expiresAt: NOW + expiresIn, guest: false };
}

/** Returns a client of an API that `answer`s, and the requests that it sends. */
export function bench(answer, options = {}) {
  const sent = [];
  const fetch = async (address, init) => {
    const url = new URL(address, "https://bodega.example");
    const request = {
      route: `${init.method} ${url.pathname}`,
      query: Object.fromEntries(url.searchParams),
      headers: new Headers(init.headers),
      body: init.body === undefined ? undefined : JSON.parse(init.body),
    };
    sent.push(request);
    // A network takes a moment.
    await new Promise((resolve) => setImmediate(resolve));
    init.signal?.throwIfAborted();
    return answer(request, sent.length);
  };
  const patience = { firstPause: 1, longestPause: 2_000 };
  return { shop: new Shop({ fetch, now: () => NOW, patience, ...options }), sent };
}

export function broken() {
  throw new TypeError("fetch failed");
}

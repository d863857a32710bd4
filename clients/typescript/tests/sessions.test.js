import assert from "node:assert/strict";
import { test } from "node:test";

import { inMemory } from "../../../site/assets/client/index.js";
import { bench, broken, refusal, reply, session, tokens } from "./bench.js";

const REFRESH = "POST /sessions/refresh";

/** An API that knows one access token, and gives it for one refresh token. */
function api(valid) {
  return ({ route, headers, body }) => {
    if (route === REFRESH) return body.refresh_token === `refresh ${valid - 1}` ? reply(200, tokens(valid)) : refusal(401, "refresh_token_invalid");
    return headers.get("authorization") === `Bearer access ${valid}` ? reply(200, { items: [] }) : refusal(401, "token_expired");
  };
}

const count = (sent, route) => sent.filter((request) => request.route === route).length;

test("fifty calls with a token that has ended refresh it once", async () => {
  const { shop, sent } = bench(api(2), { session: inMemory(session(1, -1)) });
  await Promise.all(Array.from({ length: 50 }, () => shop.call("GET /orders")));
  assert.deepEqual([count(sent, REFRESH), count(sent, "GET /orders")], [1, 50]);
});

test("fifty calls whose token is refused refresh it once and are sent again", async () => {
  const { shop, sent } = bench(api(2), { session: inMemory(session(1)) });
  await Promise.all(Array.from({ length: 50 }, () => shop.call("GET /orders")));
  assert.deepEqual([count(sent, REFRESH), count(sent, "GET /orders")], [1, 100]);
  assert.equal(shop.session.refreshToken, "refresh 2");
});

test("a token that another tab has refreshed is used and not refreshed again", async () => {
  const store = inMemory(session(1));
  const { shop, sent } = bench(
    (request) => {
      store.write(session(2));
      return api(2)(request);
    },
    { session: store },
  );
  await shop.call("GET /orders");
  assert.deepEqual(sent.map(({ route }) => route), ["GET /orders", "GET /orders"]);
});

test("a session that has ended is forgotten and the request is refused as it was", async () => {
  const { shop, sent } = bench(api(9), { session: inMemory(session(1)) });
  await assert.rejects(shop.call("GET /orders"), { status: 401, code: "token_expired" });
  assert.equal(shop.session, null);
  assert.deepEqual(sent.map(({ route }) => route), ["GET /orders", REFRESH, "GET /orders"]);
  assert.equal(sent[2].headers.get("authorization"), null);
});

test("a refresh without a reply is repeated and the session is kept", async () => {
  const store = inMemory(session(1, -1));
  const { shop, sent } = bench(broken, { session: store });
  await assert.rejects(shop.call("GET /orders"), { name: "Unreachable" });
  assert.equal(store.read().refreshToken, "refresh 1");
  assert.deepEqual([count(sent, REFRESH), sent.length], [4, 4]);
});

test("an anonymous request has no token", async () => {
  const { shop, sent } = bench(() => reply(200, { items: [] }), { session: inMemory(session(1, -1)) });
  await shop.call("GET /products", { anonymous: true });
  assert.deepEqual([sent.length, sent[0].headers.get("authorization")], [1, null]);
});

test("signing in keeps the tokens for the calls after it", async () => {
  const { shop, sent } = bench(api(3));
  shop.signIn(tokens(3));
  await shop.call("GET /orders");
  assert.equal(sent[0].headers.get("authorization"), "Bearer access 3");
});

test("a password that is refused is not tried again", async () => {
  const { shop, sent } = bench(() => refusal(401, "invalid_credentials"), { session: inMemory(session(1)) });
  const body = { current_password: "wrong", new_password: "good enough" };
  await assert.rejects(shop.call("PUT /users/me/password", { body }), { code: "invalid_credentials" });
  assert.equal(sent.length, 1);
  assert.notEqual(shop.session, null);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { bench, broken, refusal, reply } from "./bench.js";

const ORDER = { body: { lines: [], payment_method: "pm_card_visa" } };

/** Answers with each of these in turn, and then with the last. */
const inTurn = (...answers) => (_, number) => answers[Math.min(number, answers.length) - 1]();
const busy = (headers) => () => refusal(503, "temporarily_unavailable", headers);
const ok = () => reply(201, { order_id: "ord_1" });

test("a refusal that passes is tried again with the same Idempotency-Key", async () => {
  const { shop, sent } = bench(inTurn(busy(), () => refusal(500, "internal_error"), broken, ok));
  assert.equal((await shop.call("POST /orders", ORDER)).order_id, "ord_1");
  const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
  assert.equal(keys.length, 4);
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0], /^[0-9a-f-]{36}$/);
});

test("two requests have two keys, and a given one is sent as it is", async () => {
  const { shop, sent } = bench(ok);
  await shop.call("POST /orders", ORDER);
  await shop.call("POST /orders", ORDER);
  await shop.call("POST /orders", { ...ORDER, idempotencyKey: "mine" });
  const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
  assert.equal(new Set(keys).size, 3);
  assert.equal(keys[2], "mine");
});

test("a request is sent four times at most", async () => {
  const { shop, sent } = bench(busy());
  await assert.rejects(shop.call("GET /orders"), { status: 503, code: "temporarily_unavailable" });
  assert.equal(sent.length, 4);
});

test("Retry-After is waited for", async () => {
  const { shop } = bench(inTurn(busy({ "retry-after": "1" }), ok));
  const begun = performance.now();
  await shop.call("GET /orders");
  assert.ok(performance.now() - begun >= 990);
});

test("a request that would have to wait too long fails at once and says how long", async () => {
  const { shop, sent } = bench(() => refusal(429, "too_many_attempts", { "retry-after": "900" }));
  await assert.rejects(shop.call("GET /orders"), { status: 429, retryAfter: 900 });
  assert.equal(sent.length, 1);
});

test("a Retry-After that is a date counts from now", async () => {
  const { shop } = bench(() => refusal(429, "too_many_attempts", { "retry-after": "Sun, 01 Mar 2026 12:15:00 GMT" }));
  await assert.rejects(shop.call("GET /orders"), { retryAfter: 900 });
});

test("a 429 is tried again if it is the gateway's or says when, and not otherwise", async () => {
  for (const [answer, attempts] of [
    [() => reply(429, { message: "Too Many Requests" }), 4],
    [() => refusal(429, "too_many_attempts", { "retry-after": "0" }), 4],
    [() => refusal(429, "too_many_open_orders"), 1],
  ]) {
    const { shop, sent } = bench(answer);
    await assert.rejects(shop.call("GET /orders"), { status: 429 });
    assert.equal(sent.length, attempts);
  }
});

test("a POST without a key is not repeated after a failure, since it may have had its effect", async () => {
  for (const [failure, attempts] of [
    [broken, 1],
    [() => refusal(500, "internal_error"), 1],
    [busy(), 4],
  ]) {
    const { shop, sent } = bench(failure);
    await assert.rejects(shop.call("POST /users/me/totp/confirmation", { body: { code: "123456" } }));
    assert.equal(sent.length, attempts);
  }
});

test("other refusals are not tried again", async () => {
  for (const status of [400, 403, 404, 409, 412, 422]) {
    const { shop, sent } = bench(() => refusal(status, "not_found"));
    await assert.rejects(shop.call("GET /orders"), { status });
    assert.equal(sent.length, 1);
  }
});

test("an abort ends a request, and the pause before the next attempt", async () => {
  const { shop, sent } = bench(busy({ "retry-after": "2" }));
  const begun = performance.now();
  await assert.rejects(shop.call("GET /orders", { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
  assert.equal(sent.length, 1);
  assert.ok(performance.now() - begun < 1_000);
  await assert.rejects(shop.call("GET /orders", { signal: AbortSignal.abort() }), { name: "AbortError" });
});

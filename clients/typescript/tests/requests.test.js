import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem, isProblem } from "../../../site/assets/client/index.js";
import { bench, broken, refusal, reply } from "./bench.js";

test("a path is encoded, and parameters without a value are left out", async () => {
  const { shop, sent } = bench(() => reply(200, { items: [] }));
  await shop.call("GET /products/{product_id}", { path: { product_id: "a/b c" } });
  await shop.call("GET /search", { query: { q: "olive oil", category: undefined, in_stock: false, limit: 5 } });
  assert.equal(sent[0].route, "GET /products/a%2Fb%20c");
  assert.deepEqual(sent[1].query, { q: "olive oil", in_stock: "false", limit: "5" });
});

test("a list is read page by page, as far as it is wanted", async () => {
  const pages = { undefined: { items: [1, 2], next_cursor: "b" }, b: { items: [], next_cursor: "c" }, c: { items: [3, 4], next_cursor: null } };
  const { shop, sent } = bench(({ query }) => reply(200, pages[query.cursor]));
  const all = [];
  for await (const item of shop.each("GET /orders", { query: { limit: 2 } })) all.push(item);
  assert.deepEqual(all, [1, 2, 3, 4]);
  assert.deepEqual(sent.map(({ query }) => query), [{ limit: "2" }, { limit: "2", cursor: "b" }, { limit: "2", cursor: "c" }]);
  for await (const item of shop.each("GET /orders", { query: { limit: 2 } })) if (item === 2) break;
  assert.equal(sent.length, 4);
});

test("a refusal has its code, its text, and what else the problem holds", async () => {
  const body = { status: 409, code: "total_changed", detail: "the total is 3811", request_id: "r1", title: "Conflict", cart: { total: 3811 } };
  const { shop } = bench(() => reply(409, body));
  const error = await shop.call("GET /orders").catch((caught) => caught);
  assert.ok(isProblem(error, "out_of_stock", "total_changed"));
  assert.ok(!isProblem(error, "out_of_stock"));
  assert.deepEqual(
    [error.status, error.detail, error.requestId, error.cart, error.errors, error.message],
    [409, "the total is 3811", "r1", { total: 3811 }, [], "GET /orders: 409 total_changed"],
  );
});

test("the fields of an invalid body are named", async () => {
  const errors = [{ pointer: "/email", message: "not an address" }];
  const { shop } = bench(() => reply(422, { code: "invalid_body", errors }));
  await assert.rejects(shop.call("POST /password-resets", { body: { email: "" } }), { code: "invalid_body", errors });
});

test("a refusal by the gateway has the code that means the same", async () => {
  for (const [status, code] of [[401, "token_missing"], [404, "not_found"], [413, "body_too_large"], [418, "internal_error"]]) {
    const { shop } = bench(() => reply(status, { message: "Something" }));
    await assert.rejects(shop.call("GET /orders"), { status, code, detail: "Something" });
  }
});

test("a reply that is not JSON, or has no body, is not an error by itself", async () => {
  const html = bench(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await assert.rejects(html.shop.call("GET /orders"), (error) => error instanceof Problem && error.status === 502);
  const empty = bench(() => new Response(null, { status: 204 }));
  assert.equal(await empty.shop.call("DELETE /sessions/{session_id}", { path: { session_id: "ses_1" } }), undefined);
});

test("a request without a reply is unreachable, with its cause", async () => {
  const { shop } = bench(broken, { patience: { attempts: 1 } });
  await assert.rejects(shop.call("GET /orders"), (error) => error.name === "Unreachable" && error.cause instanceof TypeError);
});

test("the status and the headers of a reply are there for those who ask", async () => {
  const { shop } = bench(() => reply(200, { items: [] }, { etag: '"1"' }));
  const { status, headers } = await shop.send("GET /orders");
  assert.deepEqual([status, headers.get("etag")], [200, '"1"']);
});

test("a page is asked for, and its HTML is the reply", async () => {
  const { shop, sent } = bench(() => new Response("<!doctype html><p>1</p>", { headers: { "content-type": "text/html" } }));
  const path = { order_id: "ord_1", number: "ES-2026-000001" };
  assert.equal(await shop.call("GET /orders/{order_id}/invoices/{number}", { path, asPage: true }), "<!doctype html><p>1</p>");
  assert.equal(sent[0].headers.get("accept"), "text/html");
  assert.equal(sent[0].route, "GET /orders/ord_1/invoices/ES-2026-000001");
});

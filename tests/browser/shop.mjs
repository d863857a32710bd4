// The shop under test, as its customers' programs and its console know it.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { Shop } from "../../site/assets/client/index.js";

export const PASSWORD = "two flat whites please";
export const ADDRESS = { name: "Ada Lovelace", line1: "Calle Mayor 1", city: "Madrid", region: "M", postal_code: "28013", country: "ES" };

export class ShopUnderTest {
  constructor(url, consoleUrl) {
    Object.assign(this, { url, consoleUrl });
  }

  client() {
    return new Shop({ url: this.url });
  }

  /** Returns a client of the seeded admin. */
  async keeper() {
    const client = this.client();
    client.signIn(await client.call("POST /sessions", { body: { email: "admin@bodega.example", password: "keeper of the catalogue" } }));
    return client;
  }

  /** Makes an account whose address is confirmed, and returns a client that is signed in. */
  async customer(email, name = "Ada Lovelace", locale = "en") {
    const client = this.client();
    await client.call("POST /users", { body: { email, name, password: PASSWORD, locale } });
    await client.call("POST /email-confirmations", { body: { token: await this.token(email, "/confirm-email") } });
    client.signIn(await client.call("POST /sessions", { body: { email, password: PASSWORD } }));
    return client;
  }

  /** Gives somebody a role and a second factor, as the invited do. Returns who they are, and codes that are good once each. */
  async colleague(role, name = "Katherine Johnson") {
    const email = `${role}-${Date.now()}@bodega.example`;
    await (await this.keeper()).call("PUT /admin/users/staff/{email}", { path: { email }, body: { roles: [role] } });
    const client = this.client();
    await client.call("POST /users/invitations/acceptance", { body: { token: await this.token(email, "/accept-invitation"), name, password: PASSWORD } });
    client.signIn(await client.call("POST /sessions", { body: { email, password: PASSWORD } }));
    const { secret } = await client.call("POST /users/me/totp", { body: { password: PASSWORD } });
    const { recovery_codes } = await client.call("POST /users/me/totp/confirmation", { body: { code: totp(secret) } });
    return { email, name, codes: recovery_codes };
  }

  /** Signs a colleague in, and returns the client. */
  async signedIn({ email, codes }) {
    const client = this.client();
    const { challenge } = await client.call("POST /sessions", { body: { email, password: PASSWORD } });
    client.signIn(await client.call("POST /sessions/second-factor", { body: { challenge, code: codes.pop() } }));
    return client;
  }

  /** Returns the mails to an address, as soon as there is one whose text holds this. */
  async mail(email, text) {
    return this.#once(`no mail to ${email} with ${text}`, async () => {
      const reply = await fetch(`${this.consoleUrl}/mails?to=${encodeURIComponent(email)}&wait=1000`);
      return (await reply.json()).filter((mail) => mail.text.includes(text)).at(-1);
    });
  }

  /** Returns the newest mailed link to a page. */
  async link(email, page) {
    const { text } = await this.mail(email, page);
    const found = text.match(new RegExp(`https?://\\S+?(${page}\\S*)`, "g"));
    assert.ok(found, `a link to ${page} in: ${text}`);
    return found.at(-1);
  }

  async token(email, page) {
    return (await this.link(email, page)).split("#token=")[1];
  }

  /** Returns once what an admin has done to this is recorded, which takes a moment. */
  async recorded(client, subject) {
    await this.#once(`nothing is recorded of ${subject}`, async () => {
      const { items } = await client.call("GET /admin/users/audit", { query: { subject } });
      return items.length > 0;
    });
  }

  /** Returns an order once it has this status. */
  async until(client, order_id, status) {
    return this.#once(`${order_id} is not ${status}`, async () => {
      const order = await client.call("GET /orders/{order_id}", { path: { order_id } });
      return order.status === status ? order : null;
    });
  }

  /** Returns once an order's payment has this state. */
  async untilPaymentIs(client, order_id, state) {
    await this.#once(`the payment of ${order_id} is not ${state}`, async () => {
      const { payment_state } = await client.call("GET /orders/{order_id}", { path: { order_id } });
      return payment_state === state;
    });
  }

  /** Returns the dispute of an order's payment, as soon as the shop has heard of it. */
  async disputed(order_id) {
    const client = await this.keeper();
    return this.#once(`the payment of ${order_id} is not disputed`, async () => {
      const { items } = await client.call("GET /admin/payments/disputes", { query: {} });
      return items.find((dispute) => dispute.order_id === order_id);
    });
  }

  /** Decides a dispute in place of the customer's bank, on the payment gateway's page. */
  async decide(dispute, outcome) {
    const functions = await (await fetch(`${this.consoleUrl}/functions`)).json();
    const { environment } = functions.find(({ operation }) => operation === "process-payment");
    const reply = await fetch(`${environment.STRIPE_API_URL}/disputes/${dispute}`, { method: "POST", body: new URLSearchParams({ outcome }) });
    assert.ok(reply.ok, `${dispute}: ${reply.status}`);
  }

  /** Returns what `look` finds, as soon as it finds something. */
  async #once(otherwise, look) {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(otherwise);
  }
}

/** Returns an app's code (RFC 6238): SHA-1, six digits, 30 seconds. */
export function totp(secret, now = Date.now()) {
  const bits = [...secret.replaceAll(/[\s=]/g, "")].map((digit) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(digit).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

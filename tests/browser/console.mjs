// The laptop's console, after an order: each of its views in daylight and at night, on a desktop and on a phone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { DESKTOP, PHONE, ROOT } from "./browser.mjs";
import { ADDRESS } from "./shop.mjs";

const LOOKS = [["desktop", DESKTOP, "light"], ["phone", PHONE, "dark"], ["desktop-night", DESKTOP, "dark"], ["phone-day", PHONE, "light"]];
const VIEWS = { timeline: "Timeline", invocations: "Invocations", mails: "Mails", queues: "Queues", tables: "Tables", schedules: "Schedules", faults: "Faults" };
/** What an order needs, from the check-out to the mail. */
const FOLLOWED = ["place-order", "reserve-stock", "process-payment", "apply-payment-event", "settle-reservation", "send-notification", "get-contact"];
const SERVICES = ["notifications", "orders", "payments", "products", "users"];

async function ordered(shop) {
  const email = `console-${Date.now()}@customers.example`;
  const client = await shop.customer(email);
  const body = { currency: "EUR", lines: [{ sku: "CUP-BLUE", quantity: 1 }], payment_method: "pm_card_visa", shipping_address: ADDRESS, shipping_method: "standard" };
  const { order_id } = await client.call("POST /orders", { body });
  const { number } = await shop.until(client, order_id, "confirmed");
  await shop.mail(email, "your order is confirmed");
  return { email, client, order_id, number };
}

/** Sends a message to a queue as an operator does, and returns the queue's name. */
async function send(shop, queue, body) {
  const [{ environment }] = await (await fetch(`${shop.consoleUrl}/functions`)).json();
  const url = environment.AWS_ENDPOINT_URL;
  const call = async (action, request) => {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` };
    const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
    assert.equal(reply.status, 200, action);
    return reply.json();
  };
  const { QueueUrls } = await call("ListQueues", {});
  const QueueUrl = QueueUrls.find((found) => found.endsWith(queue));
  await call("SendMessage", { QueueUrl, MessageBody: body });
  return QueueUrl.split("/").at(-1);
}

const at = (shop, more) => ({ baseURL: shop.consoleUrl, ...more });

/** Every view loads, is sound, and has its picture taken. */
export async function the_console_has_a_view_of_everything(browser, { shop, folder }) {
  const { email, order_id } = await ordered(shop);
  for (const [size, viewport, colorScheme] of LOOKS) {
    await browser.window(at(shop, { viewport, colorScheme }), async (window) => {
      const { page } = window;
      const see = async (name) => {
        await window.isSound("en");
        await window.picture(path.join(folder, `console-${name}-${size}.png`));
      };
      await window.open("/");
      for (const [name, title] of Object.entries(VIEWS)) {
        await page.getByRole("navigation").getByRole("link", { name: title }).click();
        await page.getByRole("heading", { level: 1, name: title }).waitFor();
        await window.settled();
        await see(name);
      }
      await window.open(`/#/timeline?of=${order_id}`);
      await page.locator(".waterfall").first().waitFor();
      await page.locator("summary", { hasText: "process-payment" }).first().click();
      await page.locator(".lines").first().waitFor();
      await see("order");
      await window.open(`/#/mails?to=${email}`);
      await page.locator(".mail").first().click();
      await page.frameLocator("iframe").locator("body").waitFor();
      await see("mail");
    });
  }
  return `${Object.keys(VIEWS).length} views, ${LOOKS.length} looks`;
}

/** An order is found by the number that its customer reads out, and followed through all services, with the keyboard alone. */
export async function an_order_is_followed_by_its_number(browser, { shop }) {
  const { number, order_id } = await ordered(shop);
  return browser.window(at(shop), async (window) => {
    const { page } = window;
    await window.open("/");
    await window.field("Order number, order id, request or trace").focus();
    await page.keyboard.type(number.toLowerCase().replace("-", ""));
    await page.keyboard.press("Enter");
    await page.locator("h2", { hasText: order_id }).waitFor();
    const names = await page.locator(".invocation-name").allTextContents();
    for (const name of FOLLOWED) assert.ok(names.includes(name), `${name} in ${names}`);
    assert.deepEqual((await page.locator(".legend li").allTextContents()).sort(), SERVICES);
    await page.locator("summary", { hasText: "place-order" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".line b", { hasText: "answered" }).first().waitFor();
    await window.open("/#/timeline?of=ord_00000000000000000000000000");
    await window.says("Nothing is known of ord_00000000000000000000000000");
    window.expect(/status of 400/);
    await window.open("/#/timeline?of=abc");
    await window.says("an id has at least 6 characters");
    await window.isSound("en");
    return `${names.length} invocations`;
  });
}

/** A mail is read as it looks, as text, and with its headers, which lead to what caused it. */
export async function a_mail_is_read_as_it_looks(browser, { shop }) {
  const { email } = await ordered(shop);
  await browser.window(at(shop), async (window) => {
    const { page } = window;
    await window.open("/#/mails");
    await window.field("Recipient").fill(email);
    await page.keyboard.press("Enter");
    await window.says(/^3 mails$/);
    await page.locator(".mail", { hasText: "confirmed" }).click();
    const shown = page.frameLocator("iframe[sandbox]");
    await shown.getByText(/confirmed/i).first().waitFor();
    await window.link("Text").click();
    await page.locator(".paper-text", { hasText: "confirmed" }).waitFor();
    await window.link("Headers").click();
    await page.locator("dd", { hasText: email }).first().waitFor();
    await window.field("Recipient").fill("nobody@customers.example");
    await page.keyboard.press("Enter");
    await window.says("Nobody with this address has a mail.");
    await window.isSound("en");
  });
}

/** A dead letter is read, and moved back to its queue, whose consumer then handles it. */
export async function a_dead_letter_is_read_and_moved_back(browser, { shop, folder }) {
  const event = await readFile(path.join(ROOT, "tests/compat/events/bodega.user.erased.v1.json"), "utf8");
  const queue = await send(shop, "customer-events-dead-letters", event);
  await browser.window(at(shop), async (window) => {
    const { page } = window;
    await window.open("/#/queues");
    const card = page.locator(".card", { has: page.getByRole("heading", { name: queue.replace("-dead-letters", ""), exact: true }) });
    await card.getByText("Read the first messages").click();
    await card.locator("pre", { hasText: "bodega.user.erased.v1" }).waitFor();
    await window.isSound("en");
    await window.picture(path.join(folder, "console-dead-letter-desktop.png"));
    await card.getByRole("button", { name: /^Redrive/ }).click();
    await window.says("1 message moved back.");
    await card.getByRole("button", { name: /^Redrive/ }).waitFor({ state: "detached" });
  });
}

/** A fault is switched on, happens, and is switched off. */
export async function a_fault_is_switched_on_and_happens(browser, { shop, folder }) {
  const { client, order_id } = await ordered(shop);
  await browser.window(at(shop), async (window) => {
    const { page } = window;
    await window.open("/#/faults");
    await window.says("No fault is switched on.");
    await window.fill({ Function: "get-order", Call: "dynamodb:GetItem", Calls: "2" });
    await page.getByLabel("Fault").selectOption("throttled");
    await window.button("Switch on").click();
    await window.says("its call number 2 from now");
    // The function repeats what was throttled.
    await client.call("GET /orders/{order_id}", { path: { order_id } });
    await window.says(/^\d faults? so far/);
    await window.isSound("en");
    await window.picture(path.join(folder, "console-fault-desktop.png"));
    window.expect(/status of 422/);
    await window.fill({ Function: "nothing" });
    await window.button("Switch on").click();
    await window.says('no function runs the operation "nothing"');
    await page.getByRole("button", { name: /Switch all off|Forget them/ }).click();
    await page.getByText(/^\d faults? so far/).waitFor({ state: "detached" });
  });
}

/** A row is looked up by its key, and a schedule is run as if it were later. */
export async function rows_are_read_and_schedules_run(browser, { shop }) {
  const { order_id } = await ordered(shop);
  await browser.window(at(shop), async (window) => {
    const { page } = window;
    await window.open("/#/tables");
    await page.locator("[name=table]").selectOption(await page.locator("option", { hasText: "Orders" }).getAttribute("value"));
    await page.getByLabel(/^Partition key/).fill(`ORDER#${order_id}`);
    await window.button("Read").click();
    await page.locator(".json", { hasText: order_id }).first().waitFor();
    await window.says(/The look cost [\d.]+ read units?\./);
    await window.open("/#/schedules");
    await window.field("Run as if it were").selectOption("in an hour");
    await page.getByRole("button", { name: "Run expire-reservations" }).click();
    await window.says(/^Done, as of /);
    await window.isSound("en");
  });
}

/** While the shop is gone the console keeps what it has, and says so; it continues by itself. */
export async function the_console_outlives_the_shop(browser, { shop, folder }) {
  await browser.window(at(shop), async (window) => {
    const { page } = window;
    window.expect(/ERR_CONNECTION_REFUSED/);
    await window.open("/#/queues");
    await page.locator(".card").first().waitFor();
    await page.route("**/rest", (route) => route.abort("connectionrefused"));
    await window.says("The shop does not answer.");
    assert.ok((await page.locator(".card").count()) > 0, "what was there is still shown");
    await window.isSound("en");
    await window.picture(path.join(folder, "console-gone-desktop.png"));
    await page.unroute("**/rest");
    await page.getByText("The shop does not answer.").waitFor({ state: "detached" });
  });
}

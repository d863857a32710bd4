// Lighthouse's marks for the shop's pages on a phone: lighthouse.mjs <front door> <console> <folder for reports>
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { PHONE, Window, chromium } from "./browser.mjs";

const LIGHTHOUSE = "lighthouse@12.8.2";
const CATEGORIES = ["performance", "accessibility", "best-practices"];
/** The least mark. */
const LEAST = 95;

const [url, , folder] = process.argv.slice(2);

/** Returns a port on which nothing listens at the moment. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Returns a page's marks. The browser keeps what it has, such as a basket. */
async function marks(name, address, port) {
  const report = path.join(folder, `${name}.json`);
  const options = [`--port=${port}`, "--disable-storage-reset", "--form-factor=mobile", `--only-categories=${CATEGORIES.join(",")}`];
  await promisify(execFile)("npx", ["--yes", LIGHTHOUSE, url + address, ...options, "--quiet", "--output=json", `--output-path=${report}`]);
  const { categories } = JSON.parse(await readFile(report, "utf8"));
  return CATEGORIES.map((category) => Math.round(categories[category].score * 100));
}

const port = await freePort();
const profile = await mkdtemp(path.join(tmpdir(), "bodega-lighthouse-"));
const options = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage", `--remote-debugging-port=${port}`] };
const browser = await chromium.launchPersistentContext(profile, { ...options, viewport: PHONE, baseURL: url, locale: "en-IE" });
try {
  const window = new Window(browser.pages()[0] ?? (await browser.newPage()));
  await window.open("/p/espresso-cup");
  await window.button("Put it into the basket").click();
  await window.page.locator(".drawer .basket-lines li").first().waitFor();
  for (const [name, address] of Object.entries({ home: "/", product: "/p/espresso-cup", "check-out": "/checkout" })) {
    const found = await marks(name, address, port);
    console.log(`${name}: ${CATEGORIES.map((category, index) => `${category} ${found[index]}`).join(", ")}`);
    assert.ok(found.every((mark) => mark >= LEAST), `${name}: a mark below ${LEAST}`);
  }
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}

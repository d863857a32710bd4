// Debian's Chromium, and what every page has to be like: quiet in the console, without a violation that axe knows, as wide as its window.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const tools = createRequire(path.join(ROOT, "target/tools/npm/node_modules/_"));
export const { chromium } = tools("playwright-core");
const AXE = readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2 AA, which includes 2.1, and what axe's authors advise. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };
/** What a page may load of script, in bytes before compression. */
const MOST_SCRIPT = 100_000;
/** What 1280 pixels are at 400 % (WCAG 1.4.10). */
export const NARROW = { width: 320, height: 640 };

/** A browser with windows of their own: nothing that one keeps is seen by another. */
export class Browser {
  constructor(chromium, shop) {
    Object.assign(this, { chromium, shop });
  }

  /** Runs with a browser. As root Chromium has no sandbox; it opens nothing but pages of the shop under test. */
  static async with(shop, run) {
    const started = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    try {
      return await run(new Browser(started, shop));
    } finally {
      await started.close();
    }
  }

  /** Runs with a window, and fails if a page in it complained. */
  async window(options, run) {
    const { viewport = DESKTOP, locale = "en-IE", ...rest } = options;
    const context = await this.chromium.newContext({ viewport, locale, baseURL: this.shop.url, reducedMotion: "reduce", ...rest });
    const window = new Window(await context.newPage());
    try {
      const result = await run(window);
      window.isQuiet();
      return result;
    } catch (error) {
      error.message += `\n  at ${window.page.url()}${window.complaints.map((text) => `\n  ${text}`).join("")}`;
      throw error;
    } finally {
      await context.close();
    }
  }
}

export class Window {
  /** What pages have complained about. */
  complaints = [];
  /** Refusals that a test provokes: the browser itself writes a line for each. */
  expected = [];

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.stack}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
  }

  /** Lets the console mention this, as often as it likes. */
  expect(pattern) {
    this.expected.push(pattern);
  }

  isQuiet() {
    const unexpected = this.complaints.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], "the console is quiet");
  }

  /** Opens a page, and waits for what it shows. */
  async open(path) {
    await this.page.goto(path);
    await this.settled();
  }

  async settled() {
    await this.page.waitForSelector("main:not(:has(.wait)) h1");
    await this.page.waitForLoadState("networkidle");
  }

  /** The field, button or link that a reader knows by this name. */
  field(name) {
    return this.page.getByLabel(name, { exact: true });
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  link(name) {
    return this.page.getByRole("link", { name });
  }

  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) await this.field(name).fill(value);
  }

  async says(text) {
    await this.page.getByText(text).first().waitFor();
  }

  /** Checks a page as it is shown now. */
  async isSound(language, mostScript = MOST_SCRIPT) {
    const { page } = this;
    assert.equal(await page.getAttribute("html", "lang"), language);
    assert.notEqual(await page.title(), "");
    assert.equal(await page.locator("h1").count(), 1, "one h1");
    const tooWide = await page.evaluate(() => {
      const width = document.documentElement.clientWidth;
      const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 1 && !element.closest(".hidden"));
      return document.documentElement.scrollWidth > width ? wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)) : [];
    });
    assert.deepEqual(tooWide, [], "nothing is wider than the window");
    const broken = await page.evaluate(() => [...document.images].filter((image) => image.complete && image.naturalWidth === 0).map((image) => image.src));
    assert.deepEqual(broken, [], "pictures that are not there");
    const script = await this.script();
    assert.ok(script < mostScript, `${script} bytes of script`);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), RULES);
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), [], "axe");
  }

  /** Returns how many bytes of script the page has loaded. */
  script() {
    return this.page.evaluate(() => {
      const loaded = performance.getEntriesByType("resource").filter(({ name }) => new URL(name).pathname.endsWith(".js"));
      return loaded.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
    });
  }

  /** Keeps a picture of the whole page, with the pictures that are loaded on the way down. */
  async picture(file) {
    await this.page.evaluate(async () => {
      for (const image of document.images) image.loading = "eager";
      await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
    });
    await this.page.screenshot({ path: file, fullPage: true });
  }
}

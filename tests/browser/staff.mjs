// The staff's console: who gets in, and what happens when a session ends.
import assert from "node:assert/strict";
import path from "node:path";

import { DESKTOP, PHONE } from "./browser.mjs";
import { PASSWORD, totp } from "./shop.mjs";
import { MOST_SCRIPT, asStaff, fill, isFine, member } from "./team.mjs";

const UNAUTHORIZED = /status of 401/;
const FORBIDDEN = /status of 403/;

/** Every screen, for an admin and for staff, in both languages and widths. */
export async function screens(browser, { shop, folder }) {
  const { client } = await member(shop, "admin");
  const { items } = await client.call("GET /admin/catalogue/products", { query: { slug: "espresso-cup" } });
  const { items: orders } = await client.call("GET /admin/orders", { query: { queue: "to_ship", limit: 1 } });
  const screens = {
    today: "/console",
    orders: "/console/orders",
    "orders-month": `/console/orders?month=${orders[0].placed_at.slice(0, 7)}`,
    returns: "/console/orders?queue=return",
    "no-order": "/console/orders?q=0000-00000",
    order: `/console/orders/${orders[0].number}`,
    slip: `/console/orders/${orders[0].number}?slip=left`,
    you: "/console/you",
    products: "/console/products",
    drafts: "/console/products?status=draft",
    found: "/console/products?q=espresso+cup",
    product: `/console/products/${items[0].product_id}`,
    "new-product": "/console/products/new",
    variant: "/console/variants/CUP-BLUE",
    "no-variant": "/console/variants/NOTHING",
    categories: "/console/categories",
    stock: "/console/stock",
    imports: "/console/imports",
    promotions: "/console/promotions",
    disputes: "/console/disputes",
    payouts: "/console/payouts",
    ledger: "/console/ledger",
    promotion: "/console/promotions/TEN",
    "new-promotion": "/console/promotions/new",
    settings: "/console/settings",
    ...Object.fromEntries(["seller", "market", "tax_rate", "shipping_zone", "series", "policy", "flag", "campaign"].map((kind) => [`settings-${kind}`, `/console/settings/${kind}`])),
    zone: "/console/settings/shipping_zone?id=spain",
    "new-rate": "/console/settings/tax_rate?id=",
    "new-campaign": "/console/settings/campaign?id=",
    staff: "/console/staff",
    audit: "/console/audit",
    nothing: "/console/nothing",
  };
  /** What admins may do, and the staff only see. */
  const locked = ["today", "promotion", "promotions", "settings-policy", "staff", "audit", "payouts", "ledger"];
  let most = 0;
  for (const [locale, viewport, size, role] of [["en-IE", DESKTOP, "desktop", "admin"], ["de-DE", PHONE, "phone", "admin"], ["en-IE", DESKTOP, "locked-desktop", "staff"]]) {
    await asStaff(browser, shop, { role, viewport, locale }, async (window) => {
      for (const [name, address] of Object.entries(screens).filter(([name]) => role === "admin" || locked.includes(name))) {
        await window.open(address);
        await isFine(window, folder, `${name}-${size}`, locale.slice(0, 2)).catch((error) => {
          error.message = `${name}, ${size}: ${error.message}`;
          throw error;
        });
        most = Math.max(most, await window.script());
      }
    });
  }
  return `${Object.keys(screens).length} screens; ${most} bytes of script at most`;
}

/** Whoever has no role sees whom this is for, and whoever is not signed in signs in. */
export async function the_console_is_for_the_staff(browser, { shop, email, folder }) {
  return browser.window({ viewport: PHONE }, async (window) => {
    const { page } = window;
    await page.goto("/console/stock");
    await page.waitForURL("**/console/sign-in?next=%2Fconsole%2Fstock");
    await window.settled();
    await isFine(window, folder, "sign-in-phone");
    await window.fill({ "E-mail address": email, Password: PASSWORD });
    await window.button("Sign in").click();
    await window.says("This is for the staff");
    await isFine(window, folder, "customer-phone");
    const { headers } = await page.request.get("/console").then((reply) => ({ headers: reply.headers() }));
    assert.match(headers["x-robots-tag"], /noindex/);
    assert.doesNotMatch(headers["content-security-policy"], /stripe/);
  });
}

/** An admin invites a colleague, who accepts, sets up a second factor when the console asks, and signs in with it. */
export async function a_colleague_is_invited_and_signs_in(browser, { shop, folder }) {
  const email = `mary-${Date.now()}@bodega.example`;
  await asStaff(browser, shop, {}, async (window) => {
    const { page } = window;
    await window.open("/console/staff");
    await fill(page.locator("#invitation"), { "E-mail address": email, Role: "staff" });
    await window.button("Invite somebody").click();
    await window.says(`We have written to ${email}.`);
    await isFine(window, folder, "invited-desktop");
  });
  await browser.window({}, async (window) => {
    const { page } = window;
    await page.goto(await shop.link(email, "/accept-invitation"));
    await window.fill({ Name: "Mary Jackson", "New password": PASSWORD });
    await window.button("Create my account").click();
    await window.says("Your account is ready.");
    await page.locator("main").getByRole("link", { name: "Sign in" }).click();
    await page.waitForURL("**/console/sign-in");

    // A shop that is in use keeps roles out of tokens without a second factor; the laptop's does not.
    window.expect(FORBIDDEN);
    await page.route("**/admin/**", (route) => route.fulfill({ status: 403, json: { code: "staff_only", detail: "for staff", status: 403 } }));
    await window.fill({ "E-mail address": email, Password: PASSWORD });
    await window.button("Sign in").click();
    await window.says("One thing first");
    await page.locator("#totp-password").fill(PASSWORD);
    await window.button("Set up a second factor").click();
    const secret = (await page.locator(".secret").textContent()).replaceAll(" ", "");
    await isFine(window, folder, "second-factor-desktop");
    await page.locator("#totp-code").fill(totp(secret, Date.now() - 30_000));
    await window.button("Switch it on").click();
    await page.locator(".codes li").first().waitFor();
    await isFine(window, folder, "recovery-codes-desktop");
    await page.unroute("**/admin/**");
    await window.button("Sign in").click();
    await page.waitForURL("**/console/sign-in?next=**");
    await window.fill({ "E-mail address": email, Password: PASSWORD });
    await window.button("Sign in").click();
    await window.says("One more step");
    assert.equal(await page.evaluate(() => document.activeElement.id), "form-second-code");
    await isFine(window, folder, "code-desktop");
    await window.fill({ Code: totp(secret) });
    await window.button("Sign in").click();
    await page.getByRole("heading", { name: "Today" }).waitFor();
    await window.link("Mary Jackson").waitFor();
    assert.equal(await window.link("Audit").count(), 0, "the audit is the admins'");
  });
}

/** An admin takes a colleague's role away, after a question; nobody is asked about their own. */
export async function a_role_is_changed_and_taken_away(browser, { shop, folder }) {
  const { email } = await shop.colleague("staff", "Annie Easley");
  await asStaff(browser, shop, {}, async (window) => {
    const { page } = window;
    await window.open("/console/staff");
    const row = page.locator(".row", { hasText: email });
    await row.getByRole("button", { name: "Make admin Annie Easley" }).click();
    await page.getByRole("dialog").getByText("Make Annie Easley an admin?").waitFor();
    await window.isSound("en", MOST_SCRIPT);
    await page.screenshot({ path: path.join(folder, "staff-question-desktop.png") });
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Make admin Annie Easley", "the focus is where it was");
    assert.match(await row.textContent(), /Staff/);
    await row.getByRole("button", { name: "Take the role away Annie Easley" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take the role away" }).click();
    await window.says(`${email} has no role any more.`);
    await row.waitFor({ state: "detached" });
  });
}

/** A session ends while somebody types. They sign in on top of the page, and what they have typed is saved. */
export async function a_session_ends_and_nothing_is_lost(browser, { shop, folder }) {
  const who = await shop.colleague("staff", "Evelyn Boyd");
  const client = await shop.signedIn(who);
  await browser.window({}, async (window) => {
    const { page } = window;
    await page.goto("/robots.txt");
    await page.evaluate((session) => localStorage.setItem("bodega.session", JSON.stringify(session)), client.session);
    await window.open("/console/variants/GRINDER-01");
    const typed = `counted by ${who.email}`;
    await page.getByLabel("Pieces", { exact: true }).fill("3");
    await page.getByLabel("Reason", { exact: true }).fill(typed);
    await client.call("DELETE /sessions/{session_id}", { path: { session_id: "all" } });
    await page.evaluate(() => {
      const session = JSON.parse(localStorage.getItem("bodega.session"));
      localStorage.setItem("bodega.session", JSON.stringify({ ...session, expiresAt: 0 }));
    });
    window.expect(UNAUTHORIZED);
    await window.button("Correct the stock").click();
    const dialog = page.getByRole("dialog", { name: "You were signed out" });
    await dialog.waitFor();
    await window.isSound("en", MOST_SCRIPT);
    await page.screenshot({ path: path.join(folder, "staff-signed-out-desktop.png") });

    // Not now: everything is still there, also after the page was loaded again.
    await page.keyboard.press("Escape");
    await window.says("You are signed out, and nothing was saved.");
    await page.goto("/console/variants/GRINDER-01");
    await page.waitForURL("**/console/sign-in?next=%2Fconsole%2Fvariants%2FGRINDER-01");
    await window.settled();
    await window.fill({ "E-mail address": who.email, Password: PASSWORD });
    await window.button("Sign in").click();
    await window.fill({ Code: who.codes.pop() });
    await window.button("Sign in").click();
    await page.waitForURL("**/console/variants/GRINDER-01");
    await window.settled();
    await window.says("This has what you had typed before.");
    assert.equal(await page.getByLabel("Reason", { exact: true }).inputValue(), typed);
    await isFine(window, folder, "restored-desktop");

    // And once more, on top of the page.
    await page.evaluate(() => localStorage.removeItem("bodega.session"));
    await window.button("Correct the stock").click();
    await dialog.waitFor();
    assert.equal(await dialog.getByLabel("E-mail address").inputValue(), who.email);
    await dialog.getByLabel("Password").fill(PASSWORD);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("dialog", { name: "One more step" }).getByLabel("Code").fill(who.codes.pop());
    await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
    await window.says("3 pieces of GRINDER-01 are added.");
    await page.locator("td", { hasText: typed }).waitFor();
  });
}

/** The console without a mouse. */
export async function the_keyboard_is_enough(browser, { shop }) {
  await asStaff(browser, shop, {}, async (window) => {
    const { page } = window;
    const { keyboard } = page;
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    await window.open("/console");
    await keyboard.press("Tab");
    assert.equal(await focused(), "Skip to the content");
    await keyboard.press("Enter");
    assert.equal(await focused(), "main");
    await keyboard.press("/");
    assert.equal(await focused(), "q");
    await keyboard.press("Escape");
    assert.notEqual(await focused(), "q");
    await keyboard.press("/");
    await keyboard.type("CUP-BLUE");
    await keyboard.press("Enter");
    await page.waitForURL("**/console/products?q=CUP-BLUE");
    await window.settled();
    await page.locator(".rows").getByRole("link", { name: "Espresso cup" }).focus();
    await keyboard.press("Enter");
    await page.waitForURL("**/console/products/prd_*");
    await window.settled();
    const description = page.getByLabel("Description", { exact: true });
    await description.focus();
    await keyboard.press("/");
    assert.equal(await description.inputValue().then((text) => text.includes("/")), true, "a slash in a text is a slash");
    await keyboard.press("Backspace");
    await window.open("/console/you");
    await page.getByLabel("“/” goes to the search").uncheck();
    await page.locator("h1").click();
    await keyboard.press("/");
    assert.notEqual(await focused(), "q");
    await page.getByLabel("“/” goes to the search").check();
  });
}

/** On a phone, the ways are behind a button. */
export async function the_menu_opens_on_a_phone(browser, { shop, folder }) {
  await asStaff(browser, shop, { viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open("/console");
    assert.equal(await page.locator("#rail").isVisible(), false);
    await window.button("Menu").press("Enter");
    await isFine(window, folder, "menu-phone");
    await page.locator("#rail").getByRole("link", { name: "Staff" }).click();
    await page.waitForURL("**/console/staff");
  });
}

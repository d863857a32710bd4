// What the staff do with the catalogue, and what customers see of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { PHONE } from "./browser.mjs";
import { MOST_SCRIPT, asStaff, fill, isFine, member } from "./team.mjs";

const CONFLICT = /status of 412/;
const INVALID = /status of (409|422)/;

/** Makes a product of which nobody else knows, and returns it. */
async function product(shop, title) {
  const { client } = await member(shop, "admin");
  const stamp = Date.now();
  const body = {
    title,
    slug: `${title.toLowerCase().replace(/ /g, "-")}-${stamp}`,
    status: "active",
    category: "home",
    description: "Made for a test.",
    attributes: [{ name: "Material", value: "Stoneware" }],
    variants: [{ sku: `JUG-${stamp}`, title: "Blue", price: { amount: 2400, currency: "EUR" }, tax_rate: 2100 }],
  };
  return client.call("POST /products", { body });
}

/** A product is made as a draft, published, and customers see it; what was changed is undone. */
export async function a_product_is_made_and_edited(browser, { shop, folder }) {
  const stamp = Date.now();
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open("/console/products/new");
    const form = page.locator("#new-product");
    await page.locator("#new-product-title").fill(`Milk jug ${stamp}`);
    await fill(form, { Category: "home", Description: "For warm milk." });
    assert.equal(await form.getByLabel("Slug", { exact: true }).inputValue(), `milk-jug-${stamp}`);
    await window.button("Create it").click();
    await window.says("fields need another look.");
    assert.match(await page.evaluate(() => document.activeElement.id), /variants-0-sku$/, "the focus is where something is missing");
    await isFine(window, folder, "new-product-wrong-desktop");
    await fill(form, { SKU: `MILK-${stamp}`, Price: "12.5", "Tax that the price contains": "21" });
    await page.locator("#new-product-variants-0-title").fill("White");
    await window.button("Create it").click();
    await page.waitForURL("**/console/products/prd_*");
    await page.getByRole("heading", { level: 1, name: `Milk jug ${stamp}` }).waitFor();
    await page.getByText("€12.50").waitFor();

    await fill(page.locator("form.sheet").first(), { Status: "active", Title: `Creamer ${stamp}` });
    await window.button("Add a property").click();
    assert.match(await page.evaluate(() => document.activeElement.id), /attributes-0-name$/);
    await page.keyboard.type("Holds");
    await page.keyboard.press("Tab");
    await page.keyboard.type("200 ml");
    await page.keyboard.press("Enter");
    await window.says(`Creamer ${stamp} is saved.`);
    await window.link("See it in the shop").click();
    await page.waitForURL(`**/p/milk-jug-${stamp}`);
    await page.getByRole("heading", { level: 1, name: `Creamer ${stamp}` }).waitFor();
    await window.says("200 ml");
    await page.goBack();
    await window.settled();

    await page.getByLabel("Description", { exact: true }).fill("For cold milk.");
    await page.getByLabel("Description", { exact: true }).press("Control+Enter");
    await window.says(`Creamer ${stamp} is saved.`);
    await window.button("Undo").click();
    await window.says("It is as it was.");
    assert.equal(await page.getByLabel("Description", { exact: true }).inputValue(), "For warm milk.");

    await page.getByText("Add a variant").first().click();
    const added = page.locator("form.sheet").last();
    await fill(added, { SKU: `MILK-${stamp}-B`, Title: "Black", Price: "13" });
    await added.getByRole("button", { name: "Add a variant" }).click();
    await page.getByRole("link", { name: `MILK-${stamp}-B`, exact: true }).waitFor();
    await fill(added, { SKU: `milk-${stamp}-b`, Title: "Another black", Price: "14" });
    await added.getByRole("button", { name: "Add a variant" }).click();
    await window.says("The product has");
    await isFine(window, folder, "product-made-desktop");
  });
}

/** Two of the staff edit the same product. The slower one sees what the other did, and decides. */
export async function somebody_else_was_faster(browser, { shop, folder }) {
  const { product_id } = await product(shop, "Jug of two");
  const { client } = await member(shop, "admin");
  const other = async (body) => {
    const { headers } = await client.send("GET /admin/catalogue/products/{product_id}", { path: { product_id } });
    await client.call("PATCH /admin/catalogue/products/{product_id}", { path: { product_id }, headers: { "If-Match": headers.get("etag") }, body });
  };
  const now = async () => (await client.call("GET /admin/catalogue/products/{product_id}", { path: { product_id } })).product;
  await asStaff(browser, shop, { role: "staff", viewport: PHONE }, async (window) => {
    const { page } = window;
    window.expect(CONFLICT);
    await window.open(`/console/products/${product_id}`);
    const form = page.locator("form.sheet").first();
    await fill(form, { Title: "Jug of mine", Category: "coffee" });
    await other({ title: "Jug of theirs", description: "Theirs." });
    await window.button("Save").click();
    const dialog = page.getByRole("dialog", { name: "Somebody else was faster" });
    await dialog.getByText("Jug of theirs").waitFor();
    await dialog.getByText("Theirs.", { exact: true }).waitFor();
    await window.isSound("en", MOST_SCRIPT);
    await page.screenshot({ path: path.join(folder, "staff-conflict-phone.png") });

    await page.keyboard.press("Escape");
    assert.equal(await form.getByLabel("Title", { exact: true }).inputValue(), "Jug of mine", "nothing is lost");
    await window.button("Save").click();
    await dialog.getByLabel("Theirs: Jug of theirs").check();
    await dialog.getByRole("button", { name: "Save it like this" }).click();
    await window.says("Jug of theirs is saved.");
    const { title, description, category } = await now();
    assert.deepEqual([title, description, category], ["Jug of theirs", "Theirs.", "coffee"]);

    await fill(form, { Title: "Jug of nobody" });
    await other({ title: "Jug of all" });
    await window.button("Save").click();
    await dialog.getByRole("button", { name: "Drop mine, show theirs" }).click();
    // The page draws after the dialog has closed.
    const field = await form.getByLabel("Title", { exact: true }).elementHandle();
    await page.waitForFunction(([field, value]) => field.value === value, [field, "Jug of all"]);
  });
}

/** A picture is uploaded, described and shown in the shop; a file that is none is refused. */
export async function a_picture_is_uploaded(browser, { shop, folder }) {
  const { product_id, slug } = await product(shop, "Jug with a picture");
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open(`/console/products/${product_id}`);
    const upload = page.locator("form.upload");
    await upload.getByRole("button", { name: "Upload" }).click();
    await window.says("Choose a file first.");
    await page.getByLabel("File", { exact: true }).setInputFiles({ name: "jug.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await upload.getByRole("button", { name: "Upload" }).click();
    await page.getByText(/Its content is not what its name says|The file is broken/).waitFor({ timeout: 40_000 });
    await isFine(window, folder, "picture-refused-desktop");

    // A picture to upload: this page's own.
    const buffer = await page.screenshot();
    await page.getByLabel("File", { exact: true }).setInputFiles({ name: "jug.png", mimeType: "image/png", buffer });
    await page.locator("#file-alt").fill("A blue jug");
    await upload.getByRole("button", { name: "Upload" }).click();
    await page.getByText("The picture is added.").waitFor({ timeout: 40_000 });
    await page.locator(".item img").waitFor();
    await isFine(window, folder, "picture-added-desktop");
    const alt = page.locator(".item").getByLabel("What it shows");
    assert.equal(await alt.inputValue(), "A blue jug");
    await alt.fill("A blue jug, from above");
    await window.button("Save the pictures").click();
    await window.says("The pictures are saved.");
    await window.open(`/p/${slug}`);
    await page.getByAltText("A blue jug, from above").waitFor();

    await window.open(`/console/products/${product_id}`);
    await window.button("Remove A blue jug, from above").click();
    await window.button("Save the pictures").click();
    await page.getByRole("dialog").getByText("Remove the picture?").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await window.says("There are none yet.");
  });
}

/** A price is changed and reduced after a question, and its history tells both. */
export async function a_price_is_changed(browser, { shop, folder }) {
  const { slug, variants } = await product(shop, "Jug with a price");
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open(`/console/variants/${variants[0].sku}`);
    await window.says("It has never changed.");
    const form = page.locator("form.sheet").first();
    await fill(form, { Price: "abc" });
    await window.button("Change the price").click();
    await window.says("A number, such as 12.50.");
    await fill(form, { Price: "20" });
    await window.button("Change the price").click();
    await page.getByRole("dialog").getByText("It is €24.00 and becomes €20.00").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Change the price" }).click();
    await window.says("The price is changed.");
    await page.locator("td", { hasText: "€20.00" }).waitFor();

    window.expect(INVALID);
    const until = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 16);
    await fill(form, { "Reduced price": "25", Until: until });
    await window.button("Change the price").click();
    await page.getByRole("dialog").getByRole("button", { name: "Change the price" }).click();
    await window.says("The reduced price has to be below the price.");
    await fill(form, { "Reduced price": "15" });
    await window.button("Change the price").click();
    await page.getByRole("dialog").getByRole("button", { name: "Change the price" }).click();
    await window.says("Customers read that the lowest price of the last 30 days was €20.00.");
    await isFine(window, folder, "price-desktop");
    // The price was a change of the product, too, but not somebody else's.
    window.expect(CONFLICT);
    const details = page.locator("form.sheet").last();
    await fill(details, { Title: "Blue, glazed" });
    await details.getByRole("button", { name: "Save" }).click();
    await window.says(`${variants[0].sku} is saved.`);
    await window.open(`/p/${slug}`);
    await window.says("€15.00");
  });
}

/** Stock is corrected and that undone, and it is said when it runs low. */
export async function stock_is_corrected(browser, { shop, folder }) {
  const { variants } = await product(shop, "Jug in stock");
  const { sku } = variants[0];
  const { client } = await member(shop, "admin");
  const entry = async () => (await client.call("GET /admin/catalogue/stock", { query: { sku } })).items[0];
  await asStaff(browser, shop, { role: "staff", viewport: PHONE }, async (window) => {
    const { page } = window;
    await window.open(`/console/variants/${sku}`);
    await fill(page, { Pieces: "30", Reason: "delivery" });
    await window.button("Correct the stock").click();
    await window.says(`30 pieces of ${sku} are added.`);
    assert.equal((await entry()).level.available, 30);
    await fill(page, { "Pieces are": "remove", Pieces: "4", Reason: "damaged" });
    await window.button("Correct the stock").click();
    await window.says(`4 pieces of ${sku} are removed.`);
    await window.button("Undo").click();
    await window.says("It is as it was.");
    await page.locator("td", { hasText: "taken back: damaged" }).waitFor();
    assert.equal((await entry()).level.available, 30);
    window.expect(INVALID);
    await fill(page, { "Pieces are": "remove", Pieces: "31", Reason: "lost" });
    await window.button("Correct the stock").click();
    await window.says("There are not that many pieces to remove.");

    await fill(page, { "Runs low at": "40", "Pieces at most": "10", "Ships in days": "14" });
    await page.locator("form.sheet", { has: page.getByLabel("Runs low at") }).getByRole("button", { name: "Save" }).click();
    await window.says("That holds from now on.");
    await isFine(window, folder, "stock-corrected-phone");
    const { low_at, backorder } = await entry();
    assert.deepEqual([low_at, backorder], [40, { limit: 10, ships_in_days: 14 }]);
    await window.open("/console/stock");
    await page.getByRole("link", { name: "Jug in stock" }).first().waitFor();
    await isFine(window, folder, "stock-low-phone");
    await page.getByLabel("SKU", { exact: true }).fill(sku.toLowerCase());
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/console/variants/${sku}`);
  });
}

/** A file is looked at first, and then changes the catalogue; what is wrong with it is told by row. */
export async function a_file_is_imported(browser, { shop, folder }) {
  const stamp = Date.now();
  const { product_id } = await product(shop, "Jug of a file");
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    await window.open("/console/imports");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#export ~ form").getByRole("button", { name: "Export" }).click()]);
    assert.equal(download.suggestedFilename(), "catalogue-active.csv");
    const [header, ...rows] = (await readFile(await download.path(), "utf8")).split(/\r?\n/);
    const own = rows.find((row) => row.includes(product_id)) ?? rows.find((row) => row.includes("jug-of-a-file"));
    assert.ok(own, header);
    const good = own.replace("Jug of a file", `Jug ${stamp}`);
    const bad = own.replace(/JUG-\d+/, `BAD-${stamp}`).replace("2400", "0").replace("24.00", "0");
    await page.getByLabel("File", { exact: true }).setInputFiles({ name: "jugs.csv", mimeType: "text/csv", buffer: Buffer.from([header, good, bad, ""].join("\n")) });
    await window.button("Upload it").click();
    await page.getByRole("heading", { name: "What would happen" }).waitFor();
    await window.button("Now change the catalogue with it").waitFor({ timeout: 40_000 });
    await window.says("Rows that are wrong");
    await isFine(window, folder, "import-looked-at-desktop");
    await window.button("Now change the catalogue with it").click();
    await page.getByRole("heading", { name: "What has happened" }).waitFor();
    await page.locator(".part .tag", { hasText: "done" }).first().waitFor({ timeout: 40_000 });
    await isFine(window, folder, "import-done-desktop");
    await window.open("/console/imports");
    await page.locator("#earlier ~ ul a").first().click();
    await page.waitForURL("**/console/imports/imp_*");
    await window.settled();
    await isFine(window, folder, "import-desktop");
    await window.open("/console");
    await isFine(window, folder, "today-after-import-desktop");
  });
}

/** Categories are added, moved, renamed and removed. */
export async function categories_are_arranged(browser, { shop, folder }) {
  const stamp = Date.now();
  await asStaff(browser, shop, { role: "staff" }, async (window) => {
    const { page } = window;
    window.expect(INVALID);
    await window.open("/console/categories");
    await window.button("New category").click();
    assert.match(await page.evaluate(() => document.activeElement.id), /title$/);
    await page.keyboard.type(`Glasses ${stamp}`);
    await page.keyboard.press("Enter");
    await window.says(`Glasses ${stamp} is saved.`);
    const row = page.locator(".row", { hasText: `glasses-${stamp}` });
    await row.getByRole("button", { name: /^Up/ }).click();
    await window.says(`Glasses ${stamp} is moved.`);
    assert.equal(await page.evaluate(() => document.activeElement.id), `up-glasses-${stamp}`);
    await row.getByRole("button", { name: /^Edit/ }).click();
    await isFine(window, folder, "category-desktop");
    await page.keyboard.type(" of today");
    await page.keyboard.press("Enter");
    await window.says("of today is saved.");
    await row.getByRole("button", { name: /^Remove/ }).click();
    await window.says("is removed.");
    await row.waitFor({ state: "detached" });
    await window.button("Undo").click();
    await row.waitFor();
    await row.getByRole("button", { name: /^Remove/ }).click();
    await row.waitFor({ state: "detached" });
  });
}

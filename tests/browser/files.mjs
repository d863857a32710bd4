// What is said of the pages' files: their languages, and that CloudFront maps paths as the laptop does.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

import { ROOT } from "./browser.mjs";

const SITE = path.join(ROOT, "site");

export async function languages_have_the_same_texts() {
  const files = (await readdir(path.join(SITE, "assets/text"))).toSorted();
  const german = files.filter((name) => /(^|\.)de\.js$/.test(name));
  assert.deepEqual(files, [...german, ...german.map((name) => name.replace(/de\.js$/, "en.js"))].toSorted());
  for (const name of german) {
    const [one, other] = await Promise.all([name, name.replace(/de\.js$/, "en.js")].map((file) => import(path.join(SITE, "assets/text", file))));
    assert.deepEqual(keys(one), keys(other), name);
  }
  return `${german.length} files`;
}

function keys(value, above = "") {
  if (Array.isArray(value)) return [`${above}[${value.length}]`, ...value.flatMap((part) => keys(part, `${above}[]`))];
  if (typeof value !== "object" || value === null) return [`${above}: ${typeof value}`];
  return Object.entries(value).flatMap(([name, part]) => keys(part, `${above}.${name}`)).sort();
}

/** A document names all modules of its page, so that they are fetched at once and not one after the other. */
export async function documents_name_their_modules() {
  const documents = (await readdir(SITE)).filter((name) => name.endsWith(".html"));
  for (const name of documents) {
    const document = await readFile(path.join(SITE, name), "utf8");
    const [, page] = document.match(/<script type="module" src="([^"]+)">/);
    const named = [...document.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, href]) => href);
    const used = await imports(page);
    used.delete(page);
    assert.deepEqual(named, [...used, ENGLISH].sort(), name);
  }
  return `${documents.length} documents`;
}

/** Most readers' texts. Which they are, the page only knows once it runs. */
const ENGLISH = "/assets/text/en.js";

/** Returns a module and what it imports. */
async function imports(module, found = new Set()) {
  if (found.has(module)) return found;
  found.add(module);
  const source = await readFile(path.join(SITE, module), "utf8");
  for (const [, from] of source.matchAll(/^(?:import|export) [^;]*?from "([^"]+)";/gm)) await imports(path.posix.join(path.posix.dirname(module), from), found);
  return found;
}

/** Runs the template's function as CloudFront does, and compares it with the laptop's front door. */
export async function paths_lead_to_the_same_documents({ url }) {
  const template = await readFile(path.join(ROOT, "shared/templates/front-door.yaml"), "utf8");
  const code = template.split("FunctionCode: |\n")[1].split("\n\n")[0];
  const handler = new Function(`${code}\nreturn handler;`)();
  const html = "text/html,application/xhtml+xml,*/*;q=0.8";
  const paths = ["/", "//", "/find", "/find/", "/p/cup", "/p/cup/", "/p", "/p/", "/p/a/b", "/c/coffee", "/checkout", "/order/ord_1", "/account", "/account/x/y", "/legal/imprint", "/console", "/console/products/prd_1", "/console/orders/X60W-P2C2M", "/console/orders/x/y", "/console/settings/seller/x", "/index.html", "/assets/style/base.css", "/favicon.ico", "/robots.txt", "/internal/links/x", "/%69nternal/links/x", "/nothing", "/*"];
  for (const uri of paths) {
    for (const [method, accept] of [["GET", html], ["GET", "*/*"], ["HEAD", html], ["POST", html]]) {
      const decided = handler({ request: { method, uri, headers: { accept: { value: accept } } } });
      const reply = await fetch(url + uri, { method, headers: { accept } });
      const place = `${method} ${uri} for ${accept}`;
      assert.equal(reply.status, decided.statusCode ?? 200, place);
      if (method === "HEAD") continue;
      const expected = decided.body?.data ?? (await readFile(path.join(SITE, decided.uri), "utf8"));
      assert.equal(await reply.text(), expected, place);
    }
  }
  return `${paths.length} paths`;
}

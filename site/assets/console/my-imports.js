// The imports that were begun in this browser, the newest first: the API has no list of all.
import { keep, recall } from "../shop.js";

const IMPORTS = "bodega.console.imports";
const KEPT = 10;

export function myImports() {
  return recall(IMPORTS) ?? [];
}

export function rememberImport(import_id) {
  keep(IMPORTS, [import_id, ...myImports()].slice(0, KEPT));
}

// Everything below /console: a module for each page.
import { showNothing } from "../console/frame.js";

const PAGES = {
  "": () => import("./console/today.js"),
  "sign-in": () => import("./console/sign-in.js"),
  you: () => import("./console/you.js"),
  orders: () => import("./console/orders.js"),
  "orders/*": () => import("./console/order.js"),
  products: () => import("./console/products.js"),
  "products/new": () => import("./console/new-product.js"),
  "products/*": () => import("./console/product.js"),
  "variants/*": () => import("./console/variant.js"),
  categories: () => import("./console/categories.js"),
  stock: () => import("./console/stock.js"),
  imports: () => import("./console/imports.js"),
  "imports/*": () => import("./console/import.js"),
  promotions: () => import("./console/promotions.js"),
  "promotions/*": () => import("./console/promotion.js"),
  disputes: () => import("./console/disputes.js"),
  payouts: () => import("./console/payouts.js"),
  ledger: () => import("./console/ledger.js"),
  settings: () => import("./console/settings.js"),
  "settings/*": () => import("./console/setting.js"),
  staff: () => import("./console/staff.js"),
  audit: () => import("./console/audit.js"),
};

const path = location.pathname.replace(/\/$/, "").split("/").slice(2).join("/");
const open = PAGES[path] ?? PAGES[path.replace(/[^/]+$/, "*")];
if (open) await open();
else showNothing();

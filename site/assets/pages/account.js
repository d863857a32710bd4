// Everything below /account: a module for each page.
import { showNotFound } from "../page.js";

const PAGES = {
  "": () => import("./account/profile.js"),
  orders: () => import("./account/orders.js"),
  cards: () => import("./account/cards.js"),
  addresses: () => import("./account/addresses.js"),
  security: () => import("./account/security.js"),
  "sign-in": () => import("./account/sign-in.js"),
  register: () => import("./account/register.js"),
  "forgot-password": () => import("./account/forgot-password.js"),
};

const open = PAGES[location.pathname.split("/")[2] ?? ""];
if (open) await open();
else showNotFound();

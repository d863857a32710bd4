import { showNotFound } from "../page.js";

showNotFound();

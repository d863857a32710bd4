// What the console says, on all of its pages.
import { texts } from "../language.js";

export const { words } = await texts("console");

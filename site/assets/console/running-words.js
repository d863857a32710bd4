// What the console says about promotions, settings and staff.
import { texts } from "../language.js";

export const { running } = await texts("console-running");

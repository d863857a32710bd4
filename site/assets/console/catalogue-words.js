// What the console says about the catalogue.
import { texts } from "../language.js";

export const { catalogue } = await texts("console-catalogue");

// What the console says about orders.
import { texts } from "../language.js";

export const { orders } = await texts("console-orders");

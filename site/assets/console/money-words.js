// What the console says about disputes and the ledger.
import { texts } from "../language.js";

export const { disputes, ledger, payouts } = await texts("console-money");

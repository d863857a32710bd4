// Those who work in the shop under test, and what every screen of theirs has to be like.
import path from "node:path";

/** What a page of the console may load of script: forms of any shape weigh more than what customers see. */
export const MOST_SCRIPT = 150_000;

/** By role, those whom the flows sign in. */
const team = {};
/** Windows get the tokens of a member's client, so it signs in again well before either would refresh them. */
const SIGNED_IN_FOR = 5 * 60_000;

/** Returns a member of the staff with this role, with a client. */
export async function member(shop, role) {
  team[role] ??= { ...(await shop.colleague(role, { staff: "Katherine Johnson", admin: "Dorothy Vaughan" }[role])), since: 0 };
  const who = team[role];
  if (Date.now() - who.since > SIGNED_IN_FOR) Object.assign(who, { client: await shop.signedIn(who), since: Date.now() });
  return who;
}

/** Runs with a window in which a member of the staff is signed in. */
export async function asStaff(browser, shop, options, run) {
  const { role = "admin", ...rest } = options;
  const { client } = await member(shop, role);
  return browser.window(rest, async (window) => {
    await window.page.goto("/robots.txt");
    await window.page.evaluate((session) => localStorage.setItem("bodega.session", JSON.stringify(session)), client.session);
    return run(window);
  });
}

/** Fills in the fields of a form, by what a reader knows them by. */
export async function fill(place, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = place.getByLabel(name, { exact: true });
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
}

/** Checks a screen, and keeps its picture. */
export async function isFine(window, folder, name, language = "en") {
  await window.isSound(language, MOST_SCRIPT);
  await window.picture(path.join(folder, `staff-${name}.png`));
}

// Who works in the shop, for the names behind ids.
import { call } from "./session.js";

let asked;

/** Returns those who have a role, by name. */
export async function lookUp() {
  const found = await Promise.all([call("GET /admin/users", { query: { role: "admin" } }), call("GET /admin/users", { query: { role: "staff" } })]);
  const people = new Map(found.flatMap(({ items }) => items).map((user) => [user.user_id, user]));
  return [...people.values()].toSorted((one, other) => (one.name ?? "").localeCompare(other.name ?? ""));
}

/** Returns those who had a role when this page first asked. */
export function staff() {
  asked ??= lookUp();
  return asked;
}

/** Returns how ids of users are shown: by name, as far as somebody has a role. */
export async function names() {
  const known = new Map((await staff()).map(({ user_id, name, email }) => [user_id, name ?? email]));
  return (user_id) => known.get(user_id) ?? user_id;
}

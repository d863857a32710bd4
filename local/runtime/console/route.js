// Where the reader is: the part of the address after the #.

/** Reads `#/mails/7?part=text`. */
export function read() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...rest] = path.split("/").map(decodeURIComponent);
  return { view, rest, query: Object.fromEntries(new URLSearchParams(search ?? "")) };
}

/** Returns the address of a view. */
export function to(view, rest = [], query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString();
  const path = [view, ...rest].map(encodeURIComponent).join("/");
  return `#/${path}${search ? `?${search}` : ""}`;
}

/** Goes where a form leads to. */
export function follow(view, rest, query) {
  location.hash = to(view, rest, query);
}

// What the console asks the running shop for, and what it lets it do.

/** The shop does not answer: it has ended, or it is just starting. */
export class Gone extends Error {}

/** The shop refuses, and says why. */
export class Refusal extends Error {
  constructor(status, reason) {
    super(reason || `the shop answered ${status}`);
    this.status = status;
  }
}

async function ask(path, options) {
  let reply;
  try {
    reply = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Gone("the shop does not answer");
  }
  const body = await reply.text();
  if (!reply.ok) throw new Refusal(reply.status, body);
  return body === "" ? null : JSON.parse(body);
}

export function get(path, query = {}, signal = undefined) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  const search = new URLSearchParams(given).toString();
  return ask(search ? `${path}?${search}` : path, { signal });
}

export function post(path, body = undefined) {
  const headers = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export function remove(path) {
  return ask(path, { method: "DELETE" });
}

let operations;

/** Every operation with its service and with what invokes it. They are the same for as long as the shop runs. */
export async function knownOperations() {
  operations ??= await get("/operations");
  return operations;
}

/** Returns the service of an operation. */
export function serviceOf(known, operation) {
  return known.find((one) => one.operation === operation)?.service ?? "";
}

// Requests that must not have their effect twice, though somebody presses a button again because no reply came.

/** Returns the Idempotency-Key of what a form sends: the same one, as long as it sends the same. A form that was sent is a new one. */
export function keyOf(form, body) {
  const asked = JSON.stringify(body);
  if (form.asked !== asked) Object.assign(form, { asked, key: fresh() });
  return form.key;
}

/** Pages that came over plain HTTP have no `randomUUID`. */
function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

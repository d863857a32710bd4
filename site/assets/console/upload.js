// Files are uploaded to the bucket directly, by a request that the API has signed for exactly this content.
import { Unreachable } from "../client/index.js";

/** Returns the SHA-256 of a file, in hexadecimal digits. */
export async function sha256(file) {
  const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Uploads a file. `progress` is called with what part of it has arrived; `fetch` cannot tell. */
export function put({ method, url, headers }, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    // A browser sets the length itself, and refuses to be told.
    for (const [name, value] of Object.entries(headers)) if (name !== "content-length") request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded / total));
    request.addEventListener("error", () => reject(new Unreachable("the upload broke")));
    request.addEventListener("load", () => (request.status < 300 ? resolve(undefined) : reject(new Unreachable(`the bucket replied ${request.status}`))));
    request.send(file);
  });
}

/** Waits until `look` returns something, for a file takes some seconds to be looked at. */
export async function eventually(look, { attempts = 60, pause = 500 } = {}) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return null;
}

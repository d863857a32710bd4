// A product's picture, in the size that fits.
import { html } from "../vendor/lit-html.js";

/** Returns a picture, or the place of one. `sizes` says how wide it is shown; `eager` is for what is seen first. */
export function picture(image, { sizes, eager = false, alt = image?.alt ?? "" }) {
  if (!image) return html`<div class="picture no-picture" aria-hidden="true"></div>`;
  const at = (width) => image.url.replace(/-\d+\.jpg$/, `-${width}.jpg`);
  const srcset = image.widths.map((width) => `${at(width)} ${width}w`).join(", ");
  return html`<img
    class="picture" alt=${alt} width=${image.width} height=${image.height} sizes=${sizes} srcset=${srcset}
    src=${image.url} loading=${eager ? "eager" : "lazy"} decoding="async" fetchpriority=${eager ? "high" : "auto"}
  />`;
}

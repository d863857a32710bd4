// What was done, and how it is undone. It stays until it is dismissed or something else is done.
import { html, nothing, render } from "../vendor/lit-html.js";
import { reason } from "./reason.js";
import { words } from "./words.js";

let shown = null;

/** Says that something was done. `undo` takes it back, where that is possible. */
export function notice(message, undo = null) {
  shown = { message, undo, isBad: false };
  draw();
}

/** Says why something was not done. */
export function complain(error) {
  shown = { message: reason(error), undo: null, isBad: true };
  draw();
}

function draw() {
  const place = document.getElementById("notices");
  if (!place) return;
  const close = () => {
    shown = null;
    draw();
    document.querySelector("main")?.focus();
  };
  const undo = async () => {
    const { undo } = shown;
    shown = { message: words.undoing, undo: null, isBad: false };
    draw();
    try {
      await undo();
      notice(words.undone);
    } catch (error) {
      complain(error);
    }
    document.querySelector("main")?.focus();
  };
  const view = shown
    ? html`<div class="done ${shown.isBad ? "bad" : ""}">
        <p>${shown.message}</p>
        ${shown.undo ? html`<button type="button" class="link" @click=${undo}>${words.undo}</button>` : nothing}
        <button type="button" class="link" @click=${close}>${words.dismiss}</button>
      </div>`
    : nothing;
  render(view, place);
}

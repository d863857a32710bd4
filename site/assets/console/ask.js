// A question before something that cannot be undone.
import { text } from "../language.js";
import { html, nothing, render } from "../vendor/lit-html.js";

/** Asks, and returns whether the answer is yes. The focus returns to where it was. `more` is shown below the advice.
 *
 * @param {{ title: string, advice: string, more?: any, yes: string, danger?: boolean }} question */
export function ask({ title, advice, more = nothing, yes, danger = false }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    dialog.setAttribute("aria-labelledby", "ask-title");
    const view = html`<h2 id="ask-title">${title}</h2>
      <p>${advice}</p>
      ${more}
      <p class="buttons">
        <button type="button" class="quiet" autofocus @click=${() => dialog.close()}>${text.cancel}</button>
        <button type="button" class=${danger ? "danger" : ""} @click=${() => dialog.close("yes")}>${yes}</button>
      </p>`;
    render(view, dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

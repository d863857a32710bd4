import { openScreen } from "../../console/frame.js";
import { words } from "../../console/words.js";
import { text } from "../../language.js";
import { signInForm, signInState } from "../../parts/sign-in.js";
import { isSignedIn, signIn } from "../../shop.js";
import { html } from "../../vendor/lit-html.js";

/** Where to go then: a page of the console, whatever the address says. */
function next() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/console(\/|$)/.test(wanted) ? wanted : "/console";
}

const state = signInState();

function view(draw) {
  const entered = async (tokens) => {
    signIn(tokens);
    location.replace(next());
  };
  return html`<section class="narrow">
    <h1>${state.challenge ? text.signIn.second : text.signIn.title}</h1>
    <p>${words.signIn}</p>
    ${signInForm(state, { draw, entered })}
    <p><a href="/account/forgot-password">${text.signIn.forgot}</a></p>
  </section>`;
}

if (isSignedIn()) location.replace(next());
else openScreen(text.signIn.title, view, { isBare: true });

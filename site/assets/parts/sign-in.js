// Signing in: with a password, and then with a code where the account has a second factor.
import { text } from "../language.js";
import { device, shop } from "../shop.js";
import { form, formState } from "./form.js";

export function signInState() {
  return { form: formState(), challenge: null };
}

/** Returns the form of the step that `state` is at. `entered` gets the tokens; `also` are further members of the requests, and `email` is
 * filled in. */
export function signInForm(state, { draw, entered, also = {}, email = "", id = "form" }) {
  if (state.challenge) {
    const send = async ({ code }) => entered(await shop.call("POST /sessions/second-factor", { body: { challenge: state.challenge, code: code.trim(), ...also }, anonymous: true }));
    const fields = [{ name: "code", label: text.signIn.code, autocomplete: "one-time-code", hint: text.signIn.codeHint, maxlength: 40 }];
    return form(state.form, { fields, button: text.signIn.button, send, draw, id: `${id}-second` });
  }
  const send = async ({ email, password }) => {
    const body = { email, password, ...(device() ? { device_token: device() } : {}), ...also };
    const reply = await shop.call("POST /sessions", { body, anonymous: true });
    if (!("challenge" in reply)) return entered(reply);
    state.challenge = reply.challenge;
    // Once the form of the next step is there.
    setTimeout(() => document.getElementById(`${id}-second-code`)?.focus());
  };
  const fields = [
    { name: "email", label: text.signIn.email, type: "email", value: email, autocomplete: "username", maxlength: 254 },
    { name: "password", label: text.signIn.password, type: "password", autocomplete: "current-password", maxlength: 128 },
  ];
  return form(state.form, { fields, button: text.signIn.button, send, draw, id });
}

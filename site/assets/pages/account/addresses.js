import { text } from "../../language.js";
import { page, reason } from "../../page.js";
import { accountFrame } from "../../parts/account-frame.js";
import { form, formState } from "../../parts/form.js";
import { addressFields, givenAddress } from "../../parts/address-fields.js";
import { postal } from "../../parts/postal.js";
import { shop } from "../../shop.js";
import { html, nothing } from "../../vendor/lit-html.js";

async function load() {
  const { items } = await shop.call("GET /users/me/addresses");
  return { items, form: formState(), edited: null, problem: null };
}

/** Returns a new id: a ULID after its prefix, drawn here so that a repeated request makes no second address. */
function newId() {
  const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let time = Date.now();
  const stamp = Array.from({ length: 10 }, () => {
    const digit = DIGITS[time % 32];
    time = Math.floor(time / 32);
    return digit;
  });
  const chance = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => DIGITS[byte % 32]);
  return `adr_${stamp.reverse().join("")}${chance.join("")}`;
}

function view(state, { draw, reload }) {
  const edit = (edited) => {
    Object.assign(state, { edited, form: formState(), problem: null });
    draw();
    document.getElementById("address-name")?.focus();
  };
  const remove = async (address_id) => {
    if (!confirm(text.addresses.sure)) return;
    try {
      await shop.call("DELETE /users/me/addresses/{address_id}", { path: { address_id } });
      await reload();
    } catch (error) {
      state.problem = reason(error);
      draw();
    }
  };
  const row = (saved) => html`<li class="saved">
    ${postal(saved.address)}
    ${saved.default_shipping ? html`<p class="tag">${text.addresses.shipping}</p>` : nothing}
    ${saved.default_billing ? html`<p class="tag">${text.addresses.billing}</p>` : nothing}
    <p class="buttons">
      <button type="button" class="link" @click=${() => edit(saved)}>${text.addresses.edit}<span class="hidden"> ${saved.address.line1}</span></button>
      <button type="button" class="link" @click=${() => remove(saved.address_id)}>${text.addresses.remove}<span class="hidden"> ${saved.address.line1}</span></button>
    </p>
  </li>`;
  const blank = { address_id: newId(), address: { country: "ES" }, default_shipping: state.items.length === 0, default_billing: false };
  return accountFrame(
    text.account.addresses,
    html`
      ${state.problem ? html`<p class="notice bad" role="alert">${state.problem}</p>` : nothing}
      ${state.items.length > 0 ? html`<ul class="saved-list">${state.items.map(row)}</ul>` : html`<p class="empty">${text.addresses.none}</p>`}
      ${state.edited ? editor(state, { draw, reload, close: () => edit(null) }) : html`<p><button type="button" class="quiet" @click=${() => edit(blank)}>${text.addresses.add}</button></p>`}
    `,
  );
}

function editor({ edited, form: state }, { draw, reload, close }) {
  const { address: known, address_id } = edited;
  const fields = [
    ...addressFields(known),
    { name: "default_shipping", label: text.addresses.useForShipping, type: "checkbox", value: edited.default_shipping },
    { name: "default_billing", label: text.addresses.useForBilling, type: "checkbox", value: edited.default_billing },
  ];
  const send = async ({ default_shipping, default_billing, ...given }) => {
    const address = givenAddress(given);
    const body = { address, default_shipping: default_shipping === "on", default_billing: default_billing === "on" };
    await shop.call("PUT /users/me/addresses/{address_id}", { path: { address_id }, body });
    await reload();
  };
  return html`<section class="editor" aria-label=${text.addresses.edit}>
    ${form(state, { fields, button: text.save, send, draw, id: "address" })}
    <p><button type="button" class="link" @click=${close}>${text.cancel}</button></p>
  </section>`;
}

await page({ title: text.account.addresses, load, view, account: true });

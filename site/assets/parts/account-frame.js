// What the pages of an account have around them.
import { text } from "../language.js";
import { signOut } from "../shop.js";
import { html, nothing } from "../vendor/lit-html.js";

const PAGES = [
  ["/account", "profile"],
  ["/account/orders", "orders"],
  ["/account/addresses", "addresses"],
  ["/account/cards", "cards"],
  ["/account/security", "security"],
];

export function accountFrame(title, content) {
  const here = location.pathname.replace(/\/$/, "");
  const leave = async () => {
    await signOut();
    location.assign("/");
  };
  return html`<div class="account">
    <nav aria-label=${text.account.title}>
      <ul>
        ${PAGES.map(([path, name]) => html`<li><a href=${path} aria-current=${path === here ? "page" : nothing}>${text.account[name]}</a></li>`)}
        <li><button type="button" class="link" @click=${leave}>${text.account.signOut}</button></li>
      </ul>
    </nav>
    <div class="account-main">
      <h1>${title}</h1>
      ${content}
    </div>
  </div>`;
}

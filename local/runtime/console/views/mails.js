// Sent mails, as their recipients see them.
import { html, nothing } from "/assets/vendor/lit-html.js";

import { get } from "../api.js";
import { count, empty, time } from "../parts.js";
import * as route from "../route.js";

export const title = "Mails";
export const lead = "What the shop has sent. Nothing leaves this machine.";
export const live = true;

const SHOWN = 200;
const PARTS = { look: "As it looks", text: "Text", headers: "Headers", source: "Source" };

const read = new Map();

export async function load({ rest: [id], query: { to, part } }, signal) {
  const mails = await get("/mails", { summary: true, newest: SHOWN }, signal);
  mails.reverse();
  if (id && !read.has(id)) read.set(id, await get(`/mails/${encodeURIComponent(id)}`, {}, signal));
  return { mails, to, id, part: Object.hasOwn(PARTS, part) ? part : "look" };
}

export function view({ mails, to = "", id, part }) {
  if (mails.length === 0) return empty("No mail has been sent", "Register in the shop, or place an order.");
  const fitting = mails.filter((mail) => mail.to.some((address) => address.toLowerCase().includes(to.toLowerCase())));
  const narrow = (event) => route.follow("mails", id ? [id] : [], { to: event.currentTarget.value.trim(), part: id ? part : "" });
  return html`
    <form class="bar" @submit=${(event) => event.preventDefault()}>
      <div class="bar-row">
        <label for="to">Recipient</label>
        <input id="to" type="search" autocomplete="off" spellcheck="false" placeholder="ada@" .value=${to} @change=${narrow}>
        <p class="small" role="status">${count(fitting.length, "mail")}</p>
      </div>
    </form>
    <div class=${`panes ${id ? "has-one" : ""}`}>
      <ul class="rows pane-list" aria-label="Mails">
        ${fitting.map((mail) => item(mail, id, to))}
        ${fitting.length === 0 ? html`<li class="empty">Nobody with this address has a mail.</li>` : nothing}
      </ul>
      ${id ? letter(read.get(id), part, to) : html`<p class="pane-hint">Choose a mail to read it.</p>`}
    </div>
  `;
}

function item(mail, id, to) {
  return html`<li>
    <a class="row-link mail" href=${route.to("mails", [mail.message_id], { to })} aria-current=${mail.message_id === id ? "true" : nothing}>
      <span class="row-main">${mail.subject}</span>
      <span class="row-below">${mail.to.join(", ")}</span>
      <span class="row-time">${time(mail.sent_at)}</span>
    </a>
  </li>`;
}

function letter(mail, part, to) {
  const id = mail.message_id;
  return html`<article class="letter">
    <p class="back"><a href=${route.to("mails", [], { to })}>All mails</a></p>
    <h2>${mail.subject}</h2>
    <p class="small">${mail.from} to ${mail.to.join(", ")}, ${time(mail.sent_at)}</p>
    <ul class="tabs" aria-label="Parts of the mail">
      ${Object.entries(PARTS).map(([name, title]) => html`<li><a href=${route.to("mails", [id], { to, part: name })} aria-current=${name === part ? "true" : nothing}>${title}</a></li>`)}
    </ul>
    ${{ look: () => look(mail), text: () => plain(mail.text, "The mail's text"), headers: () => headers(mail), source: () => plain(mail.mime, "The mail's source") }[part]()}
  </article>`;
}

/** A frame is made once for each mail: another address for the same frame would be a step in the history. */
const frames = new Map();

function look({ html: hasPart, message_id: id }) {
  if (!hasPart) return html`<p class="notice">The mail has no HTML part.</p>`;
  if (!frames.has(id)) {
    const frame = Object.assign(document.createElement("iframe"), { title: "The mail as it looks", className: "paper" });
    // The page may measure it. Nothing in it may run.
    frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    frame.addEventListener("load", () => {
      frame.height = frame.contentDocument.documentElement.scrollHeight;
    });
    frame.src = `/mails/${encodeURIComponent(id)}/html`;
    frames.set(id, frame);
  }
  return frames.get(id);
}

function plain(text, label) {
  return text ? html`<pre class="paper-text" tabindex="0" aria-label=${label}>${text}</pre>` : html`<p class="notice">The mail has none.</p>`;
}

function headers(mail) {
  const own = { From: mail.from, To: mail.to.join(", "), Subject: mail.subject, "Message-ID": mail.message_id };
  const tags = Object.entries(mail.tags).map(([name, value]) => [`Tag ${name}`, value]);
  const all = [...Object.entries({ ...own, ...mail.headers }), ...tags];
  return html`<dl class="facts stacked">
    ${all.map(([name, value]) => html`<div><dt>${name}</dt><dd>${name === "Tag correlation_id" ? html`<a href=${route.to("timeline", [], { of: value })}>${value}</a>` : value}</dd></div>`)}
  </dl>`;
}

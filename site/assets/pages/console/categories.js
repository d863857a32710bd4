// The tree of categories. The API does not tell positions, so whatever is moved or renamed numbers all those beside it; and its list of them
// may be a minute old, so what was changed is not asked for again.
import { categoryOptions, flat, tree } from "../../console/categories.js";
import { catalogue } from "../../console/catalogue-words.js";
import { formOf, saved } from "../../console/form-state.js";
import { editor } from "../../console/form.js";
import { screen } from "../../console/frame.js";
import { complain, notice } from "../../console/notice.js";
import { slugOf } from "../../console/product-fields.js";
import { Refused } from "../../console/reason.js";
import { call } from "../../console/session.js";
import { words } from "../../console/words.js";
import { html, nothing } from "../../vendor/lit-html.js";

const { categories: own, fields: labels } = catalogue;

async function load() {
  return { nodes: await tree(), edited: null, form: null };
}

function fields(nodes, edited) {
  const below = edited ? new Set(flat([find(nodes, edited)]).map(({ slug }) => slug)) : new Set();
  const parents = [["", own.top], ...categoryOptions(nodes).filter(([slug]) => !below.has(slug))];
  return [
    { at: "title", label: labels.title, most: 80 },
    ...(edited ? [] : [{ at: "slug", label: labels.slug, hint: own.slugHint, isCode: true, most: 80, optional: true }]),
    { at: "parent", label: own.parent, kind: "choice", options: parents, optional: true },
  ];
}

function find(nodes, slug) {
  return flat(nodes).find((node) => node.slug === slug);
}

/** Writes those beside each other in this order. */
async function number(nodes, parent) {
  for (const [position, { slug, title }] of nodes.entries()) {
    await call("PUT /admin/catalogue/categories/{slug}", { path: { slug }, body: { title, position, ...(parent ? { parent } : {}) } });
  }
}

function view(state, { draw }) {
  const { nodes } = state;
  const edit = (slug) => {
    const known = slug ? find(nodes, slug) : { title: "", parent: null };
    state.edited = slug ?? "";
    state.form = formOf(fields(nodes, slug), known, { name: `category ${slug ?? "new"}` });
    draw();
    document.getElementById(`${state.form.id}-title`)?.focus();
  };
  const close = (focus) => {
    Object.assign(state, { edited: null, form: null });
    draw();
    document.getElementById(focus)?.focus();
  };
  const move = async (node, by) => {
    const { beside, index, parent } = node;
    const order = beside.toSpliced(index, 1).toSpliced(index + by, 0, beside[index]);
    const run = async (nodes) => {
      await number(nodes, parent);
      beside.splice(0, beside.length, ...nodes);
      draw();
    };
    const before = [...beside];
    try {
      await run(order);
      notice(own.moved(node.title), () => run(before));
    } catch (error) {
      complain(error);
    }
    document.getElementById(`${by < 0 ? "up" : "down"}-${node.slug}`)?.focus();
  };
  const remove = async ({ slug, title, parent, index, beside }) => {
    try {
      await call("DELETE /admin/catalogue/categories/{slug}", { path: { slug } });
      const [gone] = beside.splice(index, 1);
      draw();
      notice(own.removed(title), async () => {
        await number(beside.toSpliced(index, 0, gone), parent);
        beside.splice(index, 0, gone);
        draw();
      });
    } catch (error) {
      complain(error);
    }
    document.getElementById("add-category")?.focus();
  };
  const row = (node) => {
    const { slug, title, level, index, beside, children } = node;
    const act = (id, word, run, isOff = false) =>
      html`<button type="button" class="link" id=${`${id}-${slug}`} aria-disabled=${isOff ? "true" : nothing} @click=${() => isOff || run()}>${word}<span class="hidden"> ${title}</span></button>`;
    return html`<li class="row" data-level=${level}>
      <span class="row-main"><a href=${`/c/${slug}`}>${title}</a><span class="small">${slug}</span></span>
      <span class="buttons">
        ${act("up", words.form.up, () => move(node, -1), index === 0)} ${act("down", words.form.down, () => move(node, 1), index === beside.length - 1)}
        ${act("edit", words.edit, () => edit(slug))} ${children.length === 0 ? act("remove", words.form.remove, () => remove(node)) : nothing}
      </span>
      ${state.edited === slug ? form(state, { draw, close }) : nothing}
    </li>`;
  };
  return html`<div class="page-head">
      <h1>${words.pages.categories}</h1>
      <p class="page-actions"><button type="button" id="add-category" @click=${() => edit(null)}>${own.add}</button></p>
    </div>
    <p class="small">${own.advice}</p>
    ${state.edited === "" ? form(state, { draw, close }) : nothing}
    ${nodes.length > 0 ? html`<ul class="rows">${flat(nodes).map(row)}</ul>` : html`<p class="empty">${own.none}</p>`}`;
}

function form(state, { draw, close }) {
  const { edited, nodes } = state;
  const save = async ({ title, slug = edited || slugOf(title), parent }) => {
    const before = edited ? find(nodes, edited) : null;
    if (!edited && find(nodes, slug)) throw new Refused(own.exists(slug));
    const beside = parent ? find(nodes, parent).children : nodes;
    const stays = before?.beside === beside;
    const node = { slug, title, children: before?.children ?? [] };
    const order = beside.filter((other) => other.slug !== slug);
    order.splice(stays ? before.index : order.length, 0, node);
    await number(order, parent);
    if (before && !stays) before.beside.splice(before.index, 1);
    beside.splice(0, beside.length, ...order);
    saved(state.form, {}, null);
    notice(catalogue.saved(title));
    close(edited ? `edit-${edited}` : "add-category");
  };
  return html`<div class="editor">
    ${editor(state.form, { button: words.save, send: save, draw })}
    <p><button type="button" class="link" @click=${() => close(edited ? `edit-${edited}` : "add-category")}>${words.close}</button></p>
  </div>`;
}

await screen({ title: words.pages.categories, load, view });

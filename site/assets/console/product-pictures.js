// The pictures of a product: their order and texts, and new ones.
import { text } from "../language.js";
import { picture } from "../parts/picture.js";
import { html, nothing } from "../vendor/lit-html.js";
import { ask } from "./ask.js";
import { catalogue } from "./catalogue-words.js";
import { formOf, isChanged, note, saved } from "./form-state.js";
import { editor } from "./form.js";
import { notice } from "./notice.js";
import { reason } from "./reason.js";
import { call, matching, send } from "./session.js";
import { eventually, put, sha256 } from "./upload.js";

const { pictures: words } = catalogue;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const MOST_BYTES = 10 * 1024 * 1024;

const fields = [
  {
    at: "images",
    label: words.order,
    hint: words.orderHint,
    kind: "list",
    isOrdered: true,
    name: (item, index) => item.alt || words.number(index + 1),
    lead: (image) => html`<span class="thumb big">${picture(image, { sizes: "6rem", alt: "" })}</span>`,
    keeps: ({ image_id }) => ({ image_id }),
    fields: [{ at: "alt", label: words.alt, hint: words.altHint, optional: true, most: 300, initial: "" }],
  },
];

function load({ product, tag }) {
  return { form: formOf(fields, product, { name: `pictures of ${product.product_id}`, tag }), file: null, alt: "", progress: null, problem: null };
}

/** `read` fetches the product as it is now, and `took` takes it. */
function view(state, { draw, read, took }) {
  const { product, pictures } = state;
  const { product_id } = product;
  const { form } = pictures;
  const save = async ({ images }) => {
    const gone = form.base.images.length - images.length;
    if (gone > 0 && !(await ask({ title: words.removeTitle(gone), advice: words.removeAdvice, yes: words.remove, danger: true }))) return;
    const body = { images: images.map(({ image_id, alt }) => ({ image_id, alt: alt ?? "" })) };
    const { body: after, headers } = await send("PATCH /admin/catalogue/products/{product_id}", { path: { product_id }, headers: matching(form.tag), body });
    saved(form, after, headers.get("etag"));
    took(state, after, form.tag);
    notice(words.saved);
  };
  const reread = async () => {
    const { product, tag } = await read();
    return { value: product, tag };
  };
  const isShown = form.base.images.length > 0;
  return html`<section class="part" aria-labelledby="pictures">
    <h2 id="pictures">${text.product.pictures}</h2>
    ${isShown ? editor(form, { button: words.save, send: save, reread, draw }) : html`<p class="small">${words.none}</p>`} ${upload(state, { draw, read, took })}
  </section>`;
}

function upload(state, { draw, read, took }) {
  const { pictures, uploads, product } = state;
  const { product_id } = product;
  const choose = (event) => {
    Object.assign(pictures, { file: event.currentTarget.files[0] ?? null, problem: null });
    draw();
  };
  const run = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { file, alt } = pictures;
    if (pictures.progress !== null) return;
    const problem = !file ? words.choose : !TYPES.includes(file.type) ? words.type : file.size > MOST_BYTES ? words.large : null;
    Object.assign(pictures, { problem, progress: problem ? null : 0 });
    draw();
    if (problem) {
      form.querySelector("input")?.focus();
      return;
    }
    try {
      const body = { content_type: file.type, bytes: file.size, sha256: await sha256(file), alt: alt.trim() };
      const added = await call("POST /admin/catalogue/products/{product_id}/images", { path: { product_id }, body });
      const progress = (part) => draw(Object.assign(pictures, { progress: part }));
      if (added.upload) await put(added.upload, file, progress);
      const after = await eventually(async () => {
        const kept = await read();
        const isThere = kept.product.images?.some(({ image_id }) => image_id === added.image_id);
        const refused = kept.uploads.find(({ image_id, state }) => image_id === added.image_id && state === "refused");
        return isThere || refused ? { ...kept, refused } : null;
      });
      if (!after) pictures.problem = words.later;
      else if (after.refused) pictures.problem = words.faults[after.refused.why] ?? after.refused.why;
      else {
        take(state, after, took);
        form.reset();
        Object.assign(pictures, { file: null, alt: "" });
        notice(words.added);
      }
    } catch (error) {
      pictures.problem = reason(error);
    }
    pictures.progress = null;
    draw();
  };
  const waiting = uploads.filter(({ state }) => state === "refused");
  return html`<form class="upload" @submit=${run} aria-busy=${pictures.progress !== null}>
    <h3>${words.add}</h3>
    <div class="field">
      <label for="file">${words.file}</label>
      <input id="file" type="file" accept=${TYPES.join(",")} @change=${choose} aria-describedby="file-hint" aria-invalid=${pictures.problem ? "true" : nothing} />
      <p class="hint" id="file-hint">${words.fileHint}</p>
    </div>
    <div class="field">
      <label for="file-alt">${words.alt} <span class="optional">${text.optional}</span></label>
      <input id="file-alt" maxlength="300" .value=${pictures.alt} aria-describedby="file-alt-hint" @input=${(event) => (pictures.alt = event.currentTarget.value)} />
      <p class="hint" id="file-alt-hint">${words.altHint}</p>
    </div>
    ${pictures.progress === null ? nothing : html`<p><label>${pictures.progress < 1 ? words.uploading : words.looking} <progress max="1" .value=${pictures.progress}></progress></label></p>`}
    ${pictures.problem ? html`<p class="notice bad" role="alert">${pictures.problem}</p>` : nothing}
    ${waiting.length > 0 && !pictures.problem ? html`<p class="small">${words.refused} ${waiting.map(({ alt, why }) => html`${alt || "–"}: ${words.faults[why] ?? why} `)}</p>` : nothing}
    <p class="buttons"><button type="submit" class="quiet">${words.upload}</button></p>
  </form>`;
}

/** Adds a new picture to what is edited. */
function take(state, { product, tag, uploads }, took) {
  const { form } = state.pictures;
  const known = new Set(form.base.images.map(({ image_id }) => image_id));
  const typed = isChanged(form) ? form.typed : null;
  saved(form, product, tag);
  if (typed) {
    form.typed = { images: [...typed.images, ...structuredClone(form.base.images.filter(({ image_id }) => !known.has(image_id)))] };
    note(form, () => undefined);
  }
  state.uploads = uploads;
  took(state, product, tag);
}

export const pictures = { load, view };

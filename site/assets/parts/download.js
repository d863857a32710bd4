// Files that a page makes, for its reader to keep.

/** Has the browser save a file with these texts. */
export function download(name, type, texts) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(texts, { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

// What was typed into a form and not saved, for as long as the tab is open: a page that was reloaded has it again.
const PREFIX = "bodega.draft ";

export function keepDraft(name, draft) {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
  } catch {
    // Then the page alone has it.
  }
}

export function draftOf(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

export function forgetDraft(name) {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Then there is none.
  }
}

/** Whoever is next at this browser does not see what this one has typed. */
export function forgetDrafts() {
  try {
    for (const name of Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX))) sessionStorage.removeItem(name);
  } catch {
    // Then there are none.
  }
}

// What the console says about withdrawals that became no return, in German.
export const statements = {
  tag: "Widerruf ohne Bestellung",
  received: (time) => `Erklärt ${time}`,
  all: "für alle Waren",
  due: (day) => `Zu beantworten bis ${day}`,
  refused: (why) => `Nicht ausgeführt: ${why}`,
  reasons: {
    return_window_over: "die Frist ist vorbei",
    nothing_to_return: "es ist nichts zurückzugeben",
    not_returnable: "die Ware ist ausgenommen",
    quantity_exceeds_shipped: "mehr als versandt wurde",
    too_many_returns: "zu viele Rückgaben",
    shipped_in_part: "ein Teil ist versandt: den Rest stornieren und zurücknehmen, was kommt",
  },
  look: "Ansehen, von wem",
  advice: "Suchen Sie die Bestellung unter denen dieser Adresse, oder fragen Sie nach. Stornieren Sie sie auf ihrer Seite, wenn noch nichts versandt ist, oder erstatten Sie, was zurückkommt. Antworten Sie per Mail.",
  gone: "Name und Adresse werden nicht mehr aufbewahrt.",
  done: "Was ist daraus geworden?",
  verdicts: { yes: "Der Widerruf ist ausgeführt", no: "Es gibt nichts zu widerrufen" },
  reason: "Notiz",
  close: "Abschließen",
  closed: "Die Erklärung ist abgeschlossen.",
};

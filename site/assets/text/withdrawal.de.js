// What the page says on which somebody withdraws from a contract, in German.
export const withdrawal = {
  title: "Vertrag widerrufen",
  advice: "Hier können Sie den Vertrag über Ihre Bestellung widerrufen, ohne sich anzumelden und ohne Angabe von Gründen. Wir brauchen die Nummer der Bestellung und die Adresse, mit der Sie bestellt haben.",
  signedIn: "Sie sind angemeldet: Auf der Seite der Bestellung können Sie auch einzelne Waren auswählen.",
  number: "Bestellnummer",
  numberHint: "Sie steht in jeder E-Mail zur Bestellung, zum Beispiel X60W-P2C2M.",
  emailHint: "Die Adresse, mit der Sie bestellt haben. Dorthin geht die Eingangsbestätigung.",
  withdraw: "Vertrag hier widerrufen",
  rights: "Informationen zum Widerrufsrecht",
  declaration: "Hiermit widerrufe ich den Vertrag über diese Bestellung, für alle Waren:",
  confirm: "Widerruf bestätigen",
  change: "Etwas ändern",
  received: "Wir haben Ihren Widerruf erhalten",
  receivedAt: (number, time) => `Zur Bestellung ${number}, am ${time}.`,
  mailed: (email) => `Eine Eingangsbestätigung ist unterwegs an ${email}. Darin steht, wie es weitergeht.`,
};

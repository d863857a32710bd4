// What the page says on which somebody finds an order without an account, in German.
export const lookup = {
  title: "Bestellung finden",
  advice: "Nennen Sie uns die Nummer der Bestellung und die Adresse, mit der Sie bestellt haben. Wir senden Ihnen einen Link zur Bestellung.",
  number: "Bestellnummer",
  numberHint: "Sie steht in jeder E-Mail zur Bestellung, zum Beispiel X60W-P2C2M.",
  emailHint: "Die Adresse, mit der Sie bestellt haben. Dorthin geht der Link.",
  button: "Link senden",
  sent: (email) => `Wenn es eine solche Bestellung für ${email} gibt, ist ein Link unterwegs. Er gilt einen Tag lang und lässt sich einmal verwenden.`,
  account: { title: "Diese Bestellung gehört zu einem Konto", advice: "Bitte melden Sie sich an, um sie zu sehen." },
};

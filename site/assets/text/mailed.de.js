// What the pages of mailed links say in German.
export const mailed = {
  incomplete: { title: "Dieser Link ist unvollständig", advice: "Öffnen Sie ihn aus unserer Mail, oder kopieren Sie ihn ganz." },
  confirm: {
    title: "Adresse bestätigen",
    advice: "Ein Klick, und wir wissen, dass unsere Mails Sie erreichen.",
    button: "Meine Adresse bestätigen",
    done: { title: "Vielen Dank", advice: "Ihre Adresse ist bestätigt. Jetzt können Sie sich anmelden." },
  },
  reset: {
    title: "Neues Passwort wählen",
    advice: "Es ersetzt das alte, und alle Geräte werden abgemeldet.",
    button: "Passwort setzen",
    done: { title: "Erledigt", advice: "Ihr Passwort ist geändert. Melden Sie sich mit dem neuen an." },
  },
  invitation: {
    title: "Willkommen im Team",
    advice: "Nennen Sie uns Ihren Namen und wählen Sie ein Passwort; dann gehört der Laden Ihnen.",
    button: "Mein Konto anlegen",
    done: { title: "Willkommen", advice: "Ihr Konto ist bereit. Melden Sie sich an, und richten Sie zuerst einen zweiten Faktor ein." },
  },
};

// Die rechtlichen Seiten auf Deutsch.
export const legal = {
  imprint: [
    ["Wer diesen Laden führt", "Bodega Ultramarinos S. L., Calle Mayor 1, 28013 Madrid, Spanien", "Eingetragen im Registro Mercantil de Madrid. Umsatzsteuernummer ESB00000000. Geschäftsführerin: Ada Bodega."],
    ["Wie Sie uns erreichen", "hello@bodega.example, +34 910 000 000, montags bis freitags zwischen 9 und 17 Uhr."],
    ["Meinungsverschiedenheiten", "Schreiben Sie bitte zuerst uns. Zur Teilnahme an einem Streitbeilegungsverfahren vor einer Verbraucherschlichtungsstelle sind wir weder bereit noch verpflichtet."],
  ],
  privacy: [
    ["Was wir von Ihnen wissen", "Mit einem Konto: Ihren Namen, Ihre E-Mail-Adresse, die Anschriften, die Sie speichern, und Ihre Bestellungen. Ohne: was eine Bestellung braucht. Die Nummer Ihrer Karte sehen wir nie; sie geht allein an unseren Zahlungsdienst Stripe."],
    ["Was Ihr Browser behält", "Ob Sie angemeldet sind, welche Sprache Sie lesen, und eine Nummer, an der wir dieses Gerät wiedererkennen, wenn Sie sich wieder anmelden. Nichts davon folgt Ihnen anderswohin, es gibt keine Cookies, und kein anderes Unternehmen zählt Ihre Besuche."],
    ["Wie lange", "Rechnungen müssen so lange aufbewahrt werden, wie das Gesetz es sagt. Alles andere wird einige Tage nach Ihrem Konto gelöscht, und das löschen Sie dort selbst."],
    ["Ihre Rechte", "Sie können sehen, berichtigen, mitnehmen und löschen lassen, was wir von Ihnen wissen: in Ihrem Konto oder mit einer Mail an privacy@bodega.example. Sie können sich auch bei der Agencia Española de Protección de Datos beschweren."],
  ],
  terms: [
    ["Wie ein Vertrag entsteht", "Was in unseren Regalen steht, ist eine Einladung. Ihre Bestellung ist ein Angebot, und die Mail, in der wir sie bestätigen, macht den Vertrag. Wir bewahren seinen Text auf, und Sie finden ihn in Ihrem Konto."],
    ["Preise und Zahlung", "Preise enthalten die Steuer. Der Versand kommt hinzu und wird vor der Bestellung gezeigt. Sie zahlen, wenn Sie bestellen; können wir nicht liefern, bekommen Sie Ihr Geld zurück."],
    ["Wenn etwas nicht stimmt", "Es gilt die gesetzliche Gewährleistung: drei Jahre in Spanien, zwei in den meisten anderen Ländern der Europäischen Union. Schreiben Sie uns, wenn es geht mit einem Bild."],
  ],
  withdrawal: [
    ["Ihr Widerrufsrecht", "Sie können den Vertrag binnen 14 Tagen ohne Angabe von Gründen widerrufen. Die Frist beginnt an dem Tag, an dem Sie oder jemand, den Sie benennen, die letzte Ware erhalten."],
    ["Wie", "Sagen Sie es uns eindeutig, mit einer Mail an hello@bodega.example oder einem Brief an die Adresse im Impressum. Es genügt, dass Sie das vor Ablauf der 14 Tage absenden."],
    ["Was dann geschieht", "Wir zahlen alles zurück, was Sie gezahlt haben, mit dem günstigsten Versand, den wir anbieten, binnen 14 Tagen, nachdem wir von Ihnen gehört haben, und auf demselben Weg. Wir dürfen warten, bis die Ware zurück ist. Senden Sie sie binnen 14 Tagen ab; die Kosten dafür tragen Sie."],
    ["Ausnahmen", "Was schnell verdirbt und was aus Gründen der Hygiene versiegelt war und geöffnet ist, kann nicht zurück. Bei einem Artikel, für den das gilt, steht es dabei."],
  ],
  shipping: [
    ["Wohin, und was es kostet", "Wir liefern in die Länder, die an der Kasse zur Wahl stehen. Sie zeigt den Preis des Versands, sobald sie die Adresse kennt."],
    ["Wie lange es dauert", "Am nächsten Werktag übergeben wir die Pakete. In Spanien brauchen sie ein bis drei Tage mehr, anderswo in Europa bis zu einer Woche."],
  ],
};

//! The mails in German.

use super::events;
use crate::mails::render::text_in;

#[test]
fn every_mail_in_german() {
    let all: Vec<String> = events().iter().map(|event| text_in("de-AT", event)).collect();
    let foot = "\n\n--\nBodega: https://bodega.example\nWir schreiben Ihnen nur wegen Ihres Kontos und Ihrer Bestellungen, oder wenn Sie\nuns darum gebeten haben.";
    assert!(all.iter().all(|text| text.ends_with(foot)), "{all:?}");
    let bodies: Vec<&str> = all.iter().map(|text| text.strip_suffix(foot).unwrap()).collect();
    insta::assert_snapshot!(bodies.join("\n\n=====\n\n"), @r#"
    Subject: Willkommen bei Bodega

    Guten Tag,

    Ihr Konto bei Bodega ist eingerichtet. Wir freuen uns, dass Sie da sind.

    Zum Shop: https://bodega.example

    =====

    Subject: Willkommen bei Bodega

    Guten Tag,

    Jemand, vermutlich Sie, hat mit dieser Adresse ein Konto bei Bodega angelegt. Bitte bestätigen
    Sie, dass es Ihre ist:
    https://bodega.example/a-page#token=tok_1.secret

    Wenn Sie das nicht waren, öffnen Sie den Link nicht: Das Passwort hat jemand anderes gewählt.

    =====

    Subject: Wählen Sie ein neues Passwort

    Guten Tag,

    Jemand hat ein neues Passwort für Ihr Konto bei Bodega angefordert oder wollte ein Konto mit
    Ihrer Adresse anlegen, die schon eines hat.

    Wenn Sie das waren, wählen Sie innerhalb einer halben Stunde ein neues Passwort:
    https://bodega.example/a-page#token=tok_1.secret

    Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Ihr Passwort hat sich nicht geändert.

    =====

    Subject: Bestätigen Sie Ihre E-Mail-Adresse

    Guten Tag,

    Jemand, vermutlich Sie, möchte diese Adresse für ein Konto bei Bodega verwenden. Öffnen Sie den Link
    nur, wenn es Ihr Konto ist: Sonst kennt jemand anderes das Passwort.
    https://bodega.example/a-page#token=tok_1.secret

    Der Link ist 24 Stunden gültig und lässt sich nur einmal verwenden. Wenn Sie ihn nicht öffnen,
    ändert sich nichts.

    =====

    Subject: Ihre E-Mail-Adresse wurde geändert

    Guten Tag,

    Die E-Mail-Adresse Ihres Kontos bei Bodega wurde am 23. November 2026 geändert. Melden Sie sich mit der neuen an.

    Wenn Sie das nicht waren, kennt jemand anderes Ihr Passwort. Bitte schreiben Sie uns sofort, als Antwort auf diese E-Mail.

    =====

    Subject: Ihr Passwort wurde geändert

    Guten Tag,

    Das Passwort Ihres Kontos bei Bodega wurde am 23. November 2026 geändert, und alle anderen Geräte
    wurden abgemeldet.

    Wenn Sie das nicht waren, sorgen Sie dafür, dass niemand sonst Ihre Mails lesen kann, und
    fordern Sie dann bei der Anmeldung ein neues Passwort an.

    Zum Shop: https://bodega.example

    =====

    Subject: Sie wurden eingeladen, im Shop mitzuarbeiten

    Guten Tag,

    Sie wurden eingeladen, im Shop von Bodega mitzuarbeiten. Mit diesem Link legen Sie Ihr
    Konto an:
    https://bodega.example/a-page#token=tok_1.secret

    Der Link funktioniert einmal und verfällt nach 7 Tagen. Wenn Sie diese Mail nicht erwartet
    haben, tun Sie nichts.

    =====

    Subject: Es hat sich geändert, wer im Shop mitarbeitet

    Guten Tag,

    Seit dem 23. November 2026 verwaltet das Konto
    usr_00000000010000000000000001 den Shop.

    Wenn Sie keinen Grund dafür kennen, fragen Sie sofort bei den anderen nach, die den Shop
    verwalten: Jemand von ihnen hat es entschieden, oder jemand mit ihrem Passwort und ihrer App.

    Zum Shop: https://bodega.example

    =====

    Subject: Es hat sich geändert, wer im Shop mitarbeitet

    Guten Tag,

    Seit dem 23. November 2026 arbeitet das Konto
    usr_00000000010000000000000001 im Shop mit.

    Wenn Sie keinen Grund dafür kennen, fragen Sie sofort bei den anderen nach, die den Shop
    verwalten: Jemand von ihnen hat es entschieden, oder jemand mit ihrem Passwort und ihrer App.

    Zum Shop: https://bodega.example

    =====

    Subject: Es hat sich geändert, wer im Shop mitarbeitet

    Guten Tag,

    Seit dem 23. November 2026 arbeitet das Konto
    usr_00000000010000000000000001 nicht mehr im Shop mit.

    Wenn Sie keinen Grund dafür kennen, fragen Sie sofort bei den anderen nach, die den Shop
    verwalten: Jemand von ihnen hat es entschieden, oder jemand mit ihrem Passwort und ihrer App.

    Zum Shop: https://bodega.example

    =====

    Subject: Für die Anmeldung ist jetzt ein Code nötig

    Guten Tag,

    Seit dem 23. November 2026 ist für die Anmeldung in Ihrem Konto bei Bodega außer dem
    Passwort ein Code aus einer App nötig.

    Wenn Sie das nicht waren, ändern Sie Ihr Passwort auf einem Gerät, auf dem Sie noch
    angemeldet sind, oder bitten Sie den Shop um Hilfe: Ohne Code können Sie sich nicht mehr
    anmelden.

    Bewahren Sie die Wiederherstellungscodes sicher auf. Jeder von ihnen ersetzt die App
    einmal.

    Zum Shop: https://bodega.example

    =====

    Subject: Für die Anmeldung ist kein Code mehr nötig

    Guten Tag,

    Seit dem 23. November 2026 ist für die Anmeldung in Ihrem Konto bei Bodega kein Code mehr
    nötig: Das Passwort genügt.

    Wenn Sie das nicht waren, ändern Sie Ihr Passwort und richten Sie die App neu ein.

    Zum Shop: https://bodega.example

    =====

    Subject: Ihr Konto wird gelöscht

    Guten Tag,

    Ihr Konto bei Bodega wird am 23. Dezember 2026 gelöscht, wie Sie es gewünscht
    haben. Danach lässt es sich nicht wiederherstellen.

    Wenn Sie es doch behalten möchten oder das nicht selbst veranlasst haben, melden Sie sich
    vorher an und wählen Sie, das Konto zu behalten. Wenn Sie es nicht waren, ändern Sie
    auch Ihr Passwort.

    Was das Gesetz verlangt, bewahrt der Shop weiter auf, zum Beispiel was Sie gekauft haben
    und wohin es geliefert wurde.

    Zum Shop: https://bodega.example

    =====

    Subject: Wir haben Ihre Bestellung erhalten

    Guten Tag,

    Vielen Dank für Ihre Bestellung. Wir reservieren die Artikel für Sie, während wir die Zahlung einziehen, und schreiben Ihnen wieder, sobald das erledigt ist.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung ist bestätigt

    Guten Tag,

    Ihre Zahlung ist eingegangen, und Ihre Bestellung ist bestätigt. Wir bereiten sie vor.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung ist storniert

    Guten Tag,

    Ihre Bestellung ist storniert. Falls dafür Geld abgebucht wurde, erstatten wir es und schreiben
    Ihnen, wenn das erledigt ist.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung ist abgelaufen

    Guten Tag,

    Ihre Bestellung wurde nicht rechtzeitig bezahlt. Ihre Artikel sind deshalb nicht mehr für Sie reserviert, und die Bestellung ist hinfällig. Falls dafür Geld abgebucht wurde, erstatten wir es und
    schreiben Ihnen, wenn das erledigt ist.

    Sie können gern noch einmal bestellen.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wir können Ihre Bestellung nicht liefern

    Guten Tag,

    Es tut uns leid: Wir können Ihre Bestellung nicht liefern und haben sie storniert. Von Ihrer
    Zahlung haben wir erst erfahren, als die Artikel nicht mehr für Sie reserviert waren, und
    inzwischen haben andere sie gekauft.

    Wir erstatten, was Sie bezahlt haben, und schreiben Ihnen, wenn das erledigt ist.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihr Paket ist unterwegs

    Guten Tag,

    Ihre Bestellung ist unterwegs.

    Bestellung X60W-P2C2M

    2 x Espresso cup, Blue & white
    1 x House blend, 250 g

    Versand mit Correos, Sendung JD0146

    Sendung verfolgen: https://carrier.example/track?parcel=JD0146&lang=es

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihr Paket ist unterwegs

    Guten Tag,

    Ein Teil Ihrer Bestellung ist unterwegs. Der Rest folgt.

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Versand mit Correos

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung, noch einmal

    Guten Tag,

    So steht Ihre Bestellung jetzt.

    Die Bestellung ist noch nicht bezahlt. Bis dahin halten wir die Artikel für Sie zurück.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung, noch einmal

    Guten Tag,

    So steht Ihre Bestellung jetzt.

    Die Bestellung ist bezahlt, und wir bereiten sie vor.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung, noch einmal

    Guten Tag,

    So steht Ihre Bestellung jetzt.

    Die Bestellung oder ein Teil davon ist unterwegs zu Ihnen.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung, noch einmal

    Guten Tag,

    So steht Ihre Bestellung jetzt.

    Die Bestellung ist zu Ende. Davon wird nichts mehr versandt oder abgebucht.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Bestellung, noch einmal

    Guten Tag,

    So steht Ihre Bestellung jetzt.

    Die Bestellung oder ein Teil davon ist unterwegs zu Ihnen.

    Bestellung ord_00000000010000000000000002

    1 x Espresso cup, Blue & white: 14,50 €

    Storniert:
    1 x Espresso cup, Blue & white: 14,50 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)
    Nicht berechnet: 14,50 €
    Erstattungen: 7,90 €
    Verbleibt: 14,50 €

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ein Teil Ihrer Bestellung ist storniert

    Guten Tag,

    Diese Artikel haben wir storniert:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Wir erstatten 14,50 € und schreiben Ihnen, wenn das Geld unterwegs ist.

    Der Rest Ihrer Bestellung bleibt davon unberührt.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ein Teil Ihrer Bestellung ist storniert

    Guten Tag,

    Diese Artikel haben wir storniert:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Die 14,50 € dafür berechnen wir Ihnen nicht.

    Der Rest Ihrer Bestellung bleibt davon unberührt.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ein Teil Ihrer Bestellung ist storniert

    Guten Tag,

    Diese Artikel haben wir storniert:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Der Rest Ihrer Bestellung bleibt davon unberührt.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Eine Nachricht zu Ihrer Bestellung

    Guten Tag,

    Wir schreiben Ihnen zu Ihrer Bestellung X60W-P2C2M:

    The blue cups arrive on Friday <soon>.

    Shall we send the beans first?

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wir haben Ihre Rückgabe erhalten

    Guten Tag,

    Wir haben Ihren Widerruf am 23. November 2026 um 10:00 UTC erhalten.
    Er betrifft:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Bitte senden Sie die Ware bis zum 7. Dezember 2026 zurück. Wohin, steht auf
    der Seite Ihrer Bestellung. Sie erhalten Ihr Geld bis zum
    7. Dezember 2026 zurück, doch dürfen wir warten, bis wir die Ware
    haben.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wir haben Ihre Rückgabe erhalten

    Guten Tag,

    Wir haben Ihren Widerruf am 23. November 2026 um 10:00 UTC erhalten.
    Er betrifft:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Es wurde noch nichts versandt. Deshalb ist die Bestellung storniert, und Sie
    müssen nichts zurücksenden. Was Sie schon bezahlt haben, erhalten Sie bis
    zum 7. Dezember 2026 zurück.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wir haben Ihre Rückgabe erhalten

    Guten Tag,

    Wir haben Ihre Meldung eines Mangels am 23. November 2026 um
    10:00 UTC erhalten. Sie betrifft:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Wir prüfen das und schreiben Ihnen.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Bitte senden Sie die Ware zurück

    Guten Tag,

    Wir nehmen zurück, was einen Mangel hat:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Bitte senden Sie es bis zum 7. Dezember 2026. Wohin, steht auf der Seite
    Ihrer Bestellung. Sie erhalten Ihr Geld zurück, sobald wir es haben.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wir können die Ware nicht zurücknehmen

    Guten Tag,

    Wir haben den Mangel geprüft, den Sie gemeldet haben, und können die Ware nicht
    zurücknehmen:

    Bestellung X60W-P2C2M

    1 x House blend, 250 g

    Falls wir einen Grund genannt haben, steht er auf der Seite Ihrer Bestellung.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Rücksendung ist angekommen

    Guten Tag,

    Ihre Rücksendung aus der Bestellung X60W-P2C2M ist angekommen.

    Wir erstatten 14,50 € und schreiben Ihnen, wenn das Geld unterwegs ist.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Rücksendung ist angekommen

    Guten Tag,

    Ihre Rücksendung aus der Bestellung X60W-P2C2M ist angekommen.

    Von dieser Bestellung ist nichts mehr zu erstatten.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wir haben Ihren Widerruf erhalten

    Guten Tag,

    Wir haben Ihren Widerruf am 23. November 2026 um 10:00 UTC erhalten.
    Ihre Angaben:

    Bestellung X60W-P2C2N

    2 x CUP-BLUE
    1 x BEANS-250

    Er konnte nicht automatisch ausgeführt werden. Wir prüfen das und schreiben
    Ihnen.

    =====

    Subject: Wir haben Ihren Widerruf erhalten

    Guten Tag,

    Wir haben Ihren Widerruf am 23. November 2026 um 10:00 UTC erhalten.
    Ihre Angaben:

    Bestellung X60W-P2C2N

    Alles, was bestellt wurde

    Er konnte keiner Bestellung zugeordnet werden: Keine hat diese Nummer und
    wurde mit dieser Adresse aufgegeben. Wenn eins davon ein Tippfehler ist,
    erklären Sie den Widerruf bitte noch einmal, unter
    https://bodega.example/withdrawal. Sonst müssen Sie nichts tun:
    Wir prüfen das und schreiben Ihnen.

    Falls Sie das nicht erklärt haben, hat sich jemand bei der Adresse vertippt,
    und Sie können diese Mail ignorieren.

    =====

    Subject: Ihr Link zu Ihrer Bestellung

    Guten Tag,

    Jemand, vermutlich Sie, hat um einen Link zu Ihrer Bestellung X60W-P2C2M
    gebeten:
    https://bodega.example/a-page#token=tok_1.secret

    Der Link ist 24 Stunden gültig und lässt sich nur einmal verwenden. Falls Sie
    nicht darum gebeten haben, können Sie diese Mail ignorieren.

    =====

    Subject: Bitte bestätigen Sie Ihre Zahlung

    Guten Tag,

    Ihre Bank bittet Sie, die Zahlung von 36,90 € für die Bestellung ord_00000000010000000000000002 zu
    bestätigen. Bis dahin wird nichts abgebucht, und die Artikel sind nur für kurze Zeit reserviert.

    Zahlung bestätigen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Zahlung ist fehlgeschlagen

    Guten Tag,

    Wir konnten 36,90 € für die Bestellung ord_00000000010000000000000002 nicht einziehen. Das Konto war nicht ausreichend gedeckt, oder ein Limit war erreicht. Es wurde nichts abgebucht.

    Die Artikel sind noch für kurze Zeit reserviert, damit Sie mit einem anderen Zahlungsmittel bezahlen
    können.

    Bestellung bezahlen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Zahlung ist fehlgeschlagen

    Guten Tag,

    Wir konnten 36,90 € für die Bestellung ord_00000000010000000000000002 nicht einziehen. Die Karte ist abgelaufen. Es wurde nichts abgebucht.

    Die Artikel sind noch für kurze Zeit reserviert, damit Sie mit einem anderen Zahlungsmittel bezahlen
    können.

    Bestellung bezahlen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Zahlung ist fehlgeschlagen

    Guten Tag,

    Wir konnten 36,90 € für die Bestellung ord_00000000010000000000000002 nicht einziehen. Das Zahlungsmittel kann für diese Bestellung nicht verwendet werden. Es wurde nichts abgebucht.

    Die Artikel sind noch für kurze Zeit reserviert, damit Sie mit einem anderen Zahlungsmittel bezahlen
    können.

    Bestellung bezahlen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Zahlung ist fehlgeschlagen

    Guten Tag,

    Wir konnten 36,90 € für die Bestellung ord_00000000010000000000000002 nicht einziehen. Die Zahlung wurde abgelehnt; einen Grund dürfen wir nicht nennen. Es wurde nichts abgebucht.

    Die Artikel sind noch für kurze Zeit reserviert, damit Sie mit einem anderen Zahlungsmittel bezahlen
    können.

    Bestellung bezahlen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Erstattung ist unterwegs

    Guten Tag,

    Wir haben 36,90 € für die Bestellung ord_00000000010000000000000002 erstattet. Je nach Bank dauert
    es einige Tage, bis Sie den Betrag sehen.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Ihre Erstattung ist nicht angekommen

    Guten Tag,

    Wir wollten 36,90 € für die Bestellung ord_00000000010000000000000002 erstatten, aber Ihre Bank hat
    den Betrag nicht angenommen. Sie brauchen nichts zu tun: Wir melden uns bei Ihnen, um Ihr Geld
    auf anderem Weg zurückzugeben.

    Bestellung ansehen: https://bodega.example/order/ord_00000000010000000000000002

    =====

    Subject: Wieder lieferbar

    Guten Tag,

    Sie wollten wissen, wann dieser Artikel wieder lieferbar ist:

      Espresso cup, Blue & white

    Jetzt ist er es, solange der Vorrat reicht. Dies ist die einzige E-Mail, die wir
    Ihnen dazu schicken.

    Artikel ansehen: https://bodega.example/p/prd_00000000010000000000000001
    "#);
}

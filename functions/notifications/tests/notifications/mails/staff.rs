//! Mails to the staff.

use axum::http::StatusCode;
use domain::events::{Event, OrderEvent};
use notifications::mails::mail::Mail;
use notifications::mails::recipient::Recipient;
use serde_json::json;

use super::render::rendered_in;
use crate::fixture::{
    ADA, PostOffice, STAFF, ada, dispute_opened, envelope, low_stock, now, order, placed, refund_failed,
    statement_received,
};

fn confirmed() -> Event {
    OrderEvent::Confirmed(order()).into()
}

fn addresses(office: &PostOffice) -> Vec<String> {
    office.mails().into_iter().flat_map(|mail| mail.to).collect()
}

#[tokio::test]
async fn a_paid_order_is_mailed_once_to_its_customer_and_once_to_the_staff() {
    let office = PostOffice::with_staff().await;
    let event = envelope(confirmed());
    for _ in 0..2 {
        office.deliver(&event, now()).await.unwrap();
        assert_eq!(addresses(&office), [ADA, STAFF]);
    }
    let row = office.staff_row(&event).await.unwrap();
    assert_eq!((&row["recipient"], &row["status"]), (&json!("staff"), &json!("sent")));
    assert_eq!((row.get("user_id"), row.get("order_id")), (None, None), "earlier versions do not read it");
    assert_eq!(office.mails()[1].tags["recipient"], "staff");
}

#[tokio::test]
async fn what_is_not_for_the_staff_is_mailed_to_the_customer_alone() {
    let office = PostOffice::with_staff().await;
    office.deliver(&envelope(placed()), now()).await.unwrap();
    assert_eq!(addresses(&office), [ADA]);
}

#[tokio::test]
async fn without_an_address_for_the_staff_nothing_is_mailed_or_recorded() {
    let office = PostOffice::open().await;
    for event in [envelope(low_stock()), envelope(confirmed())] {
        office.deliver(&event, now()).await.unwrap();
        assert_eq!(office.staff_row(&event).await, None);
    }
    assert_eq!(addresses(&office), [ADA]);
}

#[tokio::test]
async fn a_customer_who_cannot_be_reached_keeps_no_mail_from_the_staff() {
    let office = PostOffice::with_staff().await;
    office.accounts.say(ada(), StatusCode::SERVICE_UNAVAILABLE, json!({}));
    let event = envelope(confirmed());
    office.deliver(&event, now()).await.unwrap_err();
    assert_eq!(addresses(&office), [STAFF]);
    office.accounts.say(ada(), StatusCode::OK, json!({ "name": "Ada", "email": ADA }));
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(addresses(&office), [STAFF, ADA], "the message is delivered again");
}

#[tokio::test]
async fn a_mail_to_the_staff_keeps_to_the_budget() {
    let office = PostOffice::with_staff().await;
    let event = envelope(low_stock());
    office.used();
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "2 read, 2 written: 2 GetItem, 2 PutItem, ses:SendRawEmail", "a mail");
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "1 read, 0 written: GetItem", "the same event again");
}

/// Every mail to the staff in a language.
fn all_in(locale: &str) -> String {
    let events = [
        confirmed(),
        low_stock(),
        dispute_opened(true),
        dispute_opened(false),
        refund_failed(),
        statement_received(true),
        statement_received(false),
    ];
    let mails = events.iter().flat_map(|event| Mail::about(event).unwrap());
    let to_staff = mails.filter(|mail| mail.to == Recipient::Staff);
    let texts = to_staff.map(|mail| {
        let rendered = rendered_in(locale, &mail);
        format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
    });
    texts.collect::<Vec<_>>().join("\n\n=====\n\n")
}

#[test]
fn every_mail_to_the_staff_in_english() {
    insta::assert_snapshot!(all_in("en"), @r#"
    Subject: A new order

    Hello,

    An order is paid, and waits to be shipped.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

    See the order: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.

    =====

    Subject: Stock runs low

    Hello,

    CUP-BLUE runs low. Pieces left: 3.

    See its stock: https://bodega.example/console/variants/CUP-BLUE

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.

    =====

    Subject: A customer disputes a payment

    Hello,

    The customer of order ord_00000000010000000000000002 claims €36.90
    back through their bank.
    The shop can answer until 7 December 2026, at the payment gateway.
    Until the bank has decided, nothing of the order can be refunded.

    See the order: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.

    =====

    Subject: A customer disputes a payment

    Hello,

    The customer of order ord_00000000010000000000000002 claims €36.90
    back through their bank.
    Until the bank has decided, nothing of the order can be refunded.

    See the order: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.

    =====

    Subject: A refund has failed

    Hello,

    €36.90 of order ord_00000000010000000000000002 could not be paid
    back: the customer's bank did not accept it. The customer knows, and waits for
    another way to get the money.

    See the order: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.

    =====

    Subject: A withdrawal waits for you

    Hello,

    A withdrawal was declared without signing in on 23 November 2026,
    at 10:00 UTC. It states:

    Order X60W-P2C2N

    2 x CUP-BLUE
    1 x BEANS-250

    Its order is known, and it could not be carried out automatically.

    See what waits: https://bodega.example/console/orders?queue=return

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.

    =====

    Subject: A withdrawal waits for you

    Hello,

    A withdrawal was declared without signing in on 23 November 2026,
    at 10:00 UTC. It states:

    Order X60W-P2C2N

    All that was ordered

    No order has this number and this address.

    See what waits: https://bodega.example/console/orders?queue=return

    --
    Bodega: https://bodega.example
    This goes to the address that the shop has set for its staff.
    "#);
}

#[test]
fn every_mail_to_the_staff_in_german() {
    insta::assert_snapshot!(all_in("de"), @r#"
    Subject: Eine neue Bestellung

    Guten Tag,

    Eine Bestellung ist bezahlt und wartet auf den Versand.

    Bestellung ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29,00 €
    1 x House blend, 250 g: 7,90 €

    Gesamtbetrag: 36,90 € (darin enthaltene Steuer 5,15 €)

    Bestellung ansehen: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.

    =====

    Subject: Ein Artikel geht zur Neige

    Guten Tag,

    CUP-BLUE geht zur Neige. Noch vorhandene Stücke: 3.

    Bestand ansehen: https://bodega.example/console/variants/CUP-BLUE

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.

    =====

    Subject: Eine Zahlung wird angefochten

    Guten Tag,

    Zur Bestellung ord_00000000010000000000000002 werden 36,90 €
    über die Bank zurückgefordert.
    Der Shop kann bis zum 7. Dezember 2026 beim Zahlungsdienst antworten.
    Bis die Bank entschieden hat, kann nichts davon erstattet werden.

    Bestellung ansehen: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.

    =====

    Subject: Eine Zahlung wird angefochten

    Guten Tag,

    Zur Bestellung ord_00000000010000000000000002 werden 36,90 €
    über die Bank zurückgefordert.
    Bis die Bank entschieden hat, kann nichts davon erstattet werden.

    Bestellung ansehen: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.

    =====

    Subject: Eine Erstattung ist gescheitert

    Guten Tag,

    36,90 € der Bestellung ord_00000000010000000000000002 konnten nicht
    erstattet werden: Die Bank hat sie nicht angenommen. Die Kundschaft weiß davon
    und wartet auf einen anderen Weg.

    Bestellung ansehen: https://bodega.example/console/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.

    =====

    Subject: Ein Widerruf wartet auf Sie

    Guten Tag,

    Am 23. November 2026 um 10:00 UTC wurde ohne Anmeldung ein Widerruf
    erklärt. Darin steht:

    Bestellung X60W-P2C2N

    2 x CUP-BLUE
    1 x BEANS-250

    Die Bestellung ist bekannt, aber er ließ sich nicht von selbst ausführen.

    Was wartet: https://bodega.example/console/orders?queue=return

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.

    =====

    Subject: Ein Widerruf wartet auf Sie

    Guten Tag,

    Am 23. November 2026 um 10:00 UTC wurde ohne Anmeldung ein Widerruf
    erklärt. Darin steht:

    Bestellung X60W-P2C2N

    Alles, was bestellt wurde

    Keine Bestellung hat diese Nummer und diese Adresse.

    Was wartet: https://bodega.example/console/orders?queue=return

    --
    Bodega: https://bodega.example
    Diese Mail geht an die Adresse, die der Shop für sein Personal festgelegt hat.
    "#);
}

#[test]
fn links_lead_to_the_console() {
    let links = |event: &Event| {
        let mail = Mail::about(event).unwrap().into_iter().find(|mail| mail.to == Recipient::Staff).unwrap();
        let rendered = rendered_in("en", &mail);
        assert!(!rendered.text.contains("bodega.example/order/"), "{}", rendered.text);
        [rendered.text, rendered.html].map(|part| part.contains("https://bodega.example/console/"))
    };
    for event in [confirmed(), low_stock(), dispute_opened(true), refund_failed(), statement_received(true)] {
        assert_eq!(links(&event), [true; 2]);
    }
}

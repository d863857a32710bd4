//! Queue `notification-requests`: claims, records, and events without a mail.

use axum::http::StatusCode;
use domain::events::{Envelope, Event, LinkPurpose};
use edge::timeouts::{self, CLOCK_SKEW};
use jiff::SignedDuration;
use notifications::mails::mail::Mail;
use notifications::mails::notification::{Notification, Status};
use serde_json::json;

use crate::fixture::{
    ADA, FROM, PostOffice, ada, back_in_stock, delivery, envelope, later, link_id, link_requested, mail, now,
    numbered, placed, registered, without_mail,
};
use crate::mails::{CALLS, LOOKS_AGAIN};

#[tokio::test]
async fn a_repeated_event_sends_one_mail_recorded_without_its_address() {
    let office = PostOffice::open().await;
    let event = envelope(placed());
    office.connection.fail([]);
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.connection.calls(), CALLS + LOOKS_AGAIN);
    for _ in 0..3 {
        office.deliver(&event, now()).await.unwrap();
    }
    let mails = office.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), (FROM, &[ADA.to_owned()][..]));
    assert_eq!(mail.subject, "We have received your order");
    // The registrant chose the name, and nobody has confirmed the address yet.
    for part in [&mail.html, &mail.text] {
        assert!(!part.as_ref().unwrap().contains("Ada"), "{part:?}");
    }
    let row = office.row(&event).await;
    assert_eq!(row["message_id"], json!(mail.message_id));
    insta::assert_json_snapshot!(row, { ".message_id" => "[message]", ".write" => "[token]" }, @r#"
    {
      "claimed_until": "2026-11-23T10:00:11Z",
      "created_at": "2026-11-23T10:00:00Z",
      "event_id": "evt_00000000010000000000000009",
      "expires_at": 1803204000,
      "kind": "order_received",
      "message_id": "[message]",
      "order_id": "ord_00000000010000000000000002",
      "pk": "ORDER#ord_00000000010000000000000002",
      "row": "notification",
      "sk": "EVENT#evt_00000000010000000000000009#usr_00000000010000000000000001",
      "status": "sent",
      "updated_at": "2026-11-23T10:00:00Z",
      "user_id": "usr_00000000010000000000000001",
      "version": 2,
      "write": "[token]"
    }
    "#);
}

#[tokio::test]
async fn a_mail_is_mime_in_the_recipients_language_and_asks_for_no_automatic_answer() {
    let office = PostOffice::open().await;
    let contact = json!({ "name": "Ada", "email": ADA, "locale": "de-AT" });
    office.accounts.say(ada(), StatusCode::OK, contact);
    let event = envelope(placed());
    office.deliver(&event, now()).await.unwrap();
    let mail = office.mails().remove(0);
    assert_eq!(mail.subject, "Wir haben Ihre Bestellung erhalten");
    let header = |name: &str| mail.headers[name].as_str();
    assert_eq!((header("From"), header("To")), ("\"Bodega\" <shop@bodega.example>", "<ada@example.com>"));
    assert_eq!((header("Auto-Submitted"), header("Content-Language")), ("auto-generated", "de"));
    assert_eq!(header("Message-ID"), format!("<{}@bodega.example>", event.id));
    assert_eq!(header("Date"), "Mon, 23 Nov 2026 10:00:00 +0000");
    assert!(header("Content-Type").starts_with("multipart/alternative"));
    assert!(
        mail.html.as_ref().unwrap().contains("<h1") && mail.text.as_ref().unwrap().contains("36,90\u{a0}€")
    );
    // RFC 5322 §2.1.1 and RFC 2045: servers may refuse longer lines, and other bytes.
    let mime = mail.mime.as_ref().unwrap();
    assert!(mime.is_ascii() && mime.split("\r\n").all(|line| line.len() <= 998), "{mime}");
}

#[tokio::test]
async fn a_link_goes_to_the_address_that_it_is_for_and_is_not_recorded() {
    let office = PostOffice::open().await;
    let url = "https://bodega.example/reset-password#token=tok_1.secret";
    let contact = json!({ "name": "Ada", "email": "ada@another.example", "link": url });
    office.accounts.say_link(link_id(), StatusCode::OK, contact);
    let event = envelope(link_requested(LinkPurpose::ResetPassword));
    office.deliver(&event, now()).await.unwrap();
    let [mail] = &office.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.to, ["ada@another.example"]);
    assert!(mail.text.as_ref().unwrap().contains(url));
    assert!(!office.row(&event).await.to_string().contains("secret"));
}

#[tokio::test]
async fn what_was_only_asked_for_is_not_mailed_to_an_address_that_nobody_has_confirmed() {
    let office = PostOffice::open().await;
    let mut contact = json!({ "name": "Ada", "email": ADA, "locale": "en" });
    office.accounts.say(ada(), StatusCode::OK, contact.clone());
    let event = envelope(back_in_stock());
    office.deliver(&event, now()).await.unwrap();
    assert!(office.mails().is_empty());
    assert_eq!(office.record(&event).await.unwrap().status, Status::Undeliverable);
    contact["is_confirmed"] = json!(true);
    office.accounts.say(ada(), StatusCode::OK, contact);
    office.deliver(&numbered(10, back_in_stock()), now()).await.unwrap();
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn a_link_that_is_no_longer_valid_is_not_mailed() {
    let office = PostOffice::open().await;
    let gone = json!({ "code": "link_invalid", "detail": "the link is invalid or has expired" });
    office.accounts.say_link(link_id(), StatusCode::NOT_FOUND, gone);
    let event = envelope(link_requested(LinkPurpose::ResetPassword));
    office.deliver(&event, now()).await.unwrap();
    assert!(office.mails().is_empty());
    assert_eq!(office.record(&event).await.unwrap().status, Status::Undeliverable);
}

#[tokio::test]
async fn concurrent_deliveries_send_one_mail() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let deliveries = futures::future::join_all((0..5).map(|_| office.deliver(&event, now()))).await;
    assert!(deliveries.iter().any(Result::is_ok));
    // The other deliveries failed, so the queue redelivers their messages. Then there is nothing left to do.
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn a_claim_holds_until_its_delivery_has_certainly_ended() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let deadline = now() + SignedDuration::from_secs(30);
    let claim = Notification::claim(&delivery(&event).until(deadline), &mail(&event));
    office.notifications.write(&delivery(&event), None, claim).await.unwrap();
    for at_work in [now(), deadline, deadline + CLOCK_SKEW - SignedDuration::from_millis(1)] {
        assert!(office.deliver(&event, at_work).await.is_err(), "another delivery is at work at {at_work}");
    }
    assert!(office.mails().is_empty());
    office.deliver(&event, deadline + CLOCK_SKEW).await.unwrap();
    assert_eq!(office.mails().len(), 1);
    assert_eq!(office.record(&event).await.unwrap().status, Status::Sent);
}

#[tokio::test]
async fn a_claim_expires_before_its_message_is_redelivered() {
    // The visibility timeout from the root template. A test of the flows keeps it at six times the function's timeout.
    let visible_again = now() + timeouts::FUNCTION * 6;
    assert!(later() < visible_again);
}

#[tokio::test]
async fn an_event_without_a_mail_leaves_no_record() {
    let office = PostOffice::open().await;
    for event in without_mail() {
        let event = envelope(event);
        office.deliver(&event, now()).await.unwrap();
        assert_eq!(office.record(&event).await, None);
    }
    assert!(office.mails().is_empty());
}

#[test]
fn the_sample_event_has_a_mail() {
    let sample = include_str!("../../../../../events/send-notification.json");
    let batch: serde_json::Value = serde_json::from_str(sample).unwrap();
    let body = batch["Records"][0]["body"].as_str().unwrap();
    let envelope: Envelope = serde_json::from_str(body).unwrap();
    assert!(!Mail::about(&envelope.event).unwrap().is_empty());
}

#[tokio::test]
async fn an_event_of_an_unknown_type_returns_an_error() {
    let office = PostOffice::open().await;
    let event = json!({ "type": "bodega.order.forgotten.v1", "data": { "user_id": ada() } });
    let event = envelope(serde_json::from_value::<Event>(event).unwrap());
    let failure = office.deliver(&event, now()).await.unwrap_err();
    assert_eq!(failure.to_string(), "this consumer does not handle events of type bodega.order.forgotten.v1");
    assert!(office.mails().is_empty());
}

/// A newer version may run at the same time. Its fields must survive, and states that only it knows must not change.
#[tokio::test]
async fn a_claim_of_a_newer_version_keeps_its_kind_and_its_fields() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    office.claimed(&event, json!({ "kind": "newsletter", "campaign": "spring" })).await;
    office.deliver(&event, now()).await.unwrap();
    let row = office.row(&event).await;
    assert_eq!((&row["status"], &row["kind"]), (&json!("sent"), &json!("newsletter")));
    assert_eq!(row["campaign"], json!("spring"));
}

#[tokio::test]
async fn a_status_of_a_newer_version_is_not_changed() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    office.claimed(&event, json!({ "status": "postponed" })).await;
    let before = office.row(&event).await;
    let failure = office.deliver(&event, now()).await.unwrap_err();
    assert!(failure.to_string().ends_with("is in a state of a newer version"), "{failure}");
    assert!(office.mails().is_empty());
    assert_eq!(office.row(&event).await, before);
}

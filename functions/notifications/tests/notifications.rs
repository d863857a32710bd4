//! Notifications' operation, in the process, against an embedded table and an embedded SES.

#![allow(clippy::unwrap_used, reason = "in a test, what fails fails the test")]

mod fixture;
mod mails;

use axum::http::StatusCode;
use fixture::{ADA, FROM, PostOffice, ada, envelope, now, placed, registered, without_mail};
use jiff::SignedDuration;
use notifications::mail::{Kind, Mail};
use notifications::notification::{Notification, Status};
use serde_json::json;

#[tokio::test]
async fn a_mail_is_sent_once_and_recorded_without_its_address() {
    let office = PostOffice::open().await;
    let event = envelope(placed());
    for _ in 0..3 {
        office.deliver(&event, now()).await.unwrap();
    }
    let mails = office.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), (FROM, &[ADA.to_owned()][..]));
    assert_eq!(mail.subject, "We have received your order");
    assert!(mail.html.as_ref().unwrap().contains("Ada &lt;b&gt;Customer"));
    assert!(mail.text.as_ref().unwrap().starts_with("Hello Ada <b>Customer</b>,"));
    let row = office.row(&event).await;
    assert_eq!(row["message_id"], json!(mail.message_id));
    insta::assert_json_snapshot!(row, { ".message_id" => "[message]" }, @r#"
    {
      "claimed_until": "2026-11-23T10:00:45Z",
      "created_at": "2026-11-23T10:00:00Z",
      "event_id": "evt_00000000010000000000000009",
      "expires_at": 1803204000,
      "kind": "order_received",
      "message_id": "[message]",
      "pk": "EVENT#evt_00000000010000000000000009",
      "row": "notification",
      "sk": "RECIPIENT#usr_00000000010000000000000001",
      "status": "sent",
      "updated_at": "2026-11-23T10:00:00Z",
      "user_id": "usr_00000000010000000000000001",
      "version": 2
    }
    "#);
}

#[tokio::test]
async fn deliveries_at_once_send_one_mail() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let deliveries = futures::future::join_all((0..5).map(|_| office.deliver(&event, now()))).await;
    assert!(deliveries.iter().any(Result::is_ok));
    // The others failed, so they come again; then there is nothing left to do.
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn a_claim_holds_until_it_runs_out() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let claim = Notification::claim(event.id, ada(), Kind::Welcome, now());
    assert_eq!(office.notifications.put(0, &claim).await.unwrap(), store::Outcome::Committed);
    assert!(office.deliver(&event, now()).await.is_err(), "another is at work");
    assert!(office.mails().is_empty());
    // It has died: the message comes again after the queue's visibility timeout.
    office.deliver(&event, now() + SignedDuration::from_secs(60)).await.unwrap();
    assert_eq!(office.mails().len(), 1);
    assert_eq!(office.record(&event).await.unwrap().status, Status::Sent);
}

#[tokio::test]
async fn what_ses_refuses_can_be_tried_again_at_once() {
    let office = PostOffice::unverified().await;
    let event = envelope(registered());
    let failure = office.deliver(&event, now()).await.unwrap_err();
    assert_eq!(failure.to_string(), "SES refused the mail");
    assert!(office.mails().is_empty());
    office.verify().await;
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn nobody_is_written_to_when_the_account_is_gone() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let gone = json!({ "code": "user_not_found", "detail": "there is no such user" });
    office.accounts.say(ada(), StatusCode::NOT_FOUND, gone);
    office.deliver(&event, now()).await.unwrap();
    office.deliver(&event, now()).await.unwrap();
    assert!(office.mails().is_empty());
    assert_eq!(office.record(&event).await.unwrap().status, Status::Undeliverable);
}

#[tokio::test]
async fn a_user_service_that_does_not_answer_leaves_nothing_behind() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    // The second is a gateway's 404 for a route that it does not have: it says nothing of the user.
    for (status, body) in [
        (StatusCode::SERVICE_UNAVAILABLE, json!({})),
        (StatusCode::NOT_FOUND, json!({"message": "Not Found"})),
    ] {
        office.accounts.say(ada(), status, body);
        assert!(office.deliver(&event, now()).await.is_err());
        assert_eq!(office.record(&event).await, None);
    }
    office.accounts.say(ada(), StatusCode::OK, json!({ "name": "Ada", "email": ADA }));
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn some_events_are_not_written_about() {
    let office = PostOffice::open().await;
    for event in without_mail() {
        let event = envelope(event);
        office.deliver(&event, now()).await.unwrap();
        assert_eq!(office.record(&event).await, None);
    }
    assert!(office.mails().is_empty());
}

#[test]
fn the_sample_event_is_one_that_is_written_about() {
    let sample = include_str!("../../../events/send-notification.json");
    let batch: serde_json::Value = serde_json::from_str(sample).unwrap();
    let body = batch["Records"][0]["body"].as_str().unwrap();
    let envelope: domain::event::Envelope = serde_json::from_str(body).unwrap();
    assert!(Mail::about(&envelope.event).is_some());
}

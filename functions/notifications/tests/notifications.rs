//! Notifications' operation, in the process, against an embedded table and an embedded SES.

#![allow(clippy::unwrap_used, reason = "in a test, what fails fails the test")]

mod fixture;
mod mails;
mod telling;

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use domain::event::Envelope;
use domain::id::EventId;
use edge::timeouts::CLOCK_SKEW;
use edge::{chain, timeouts};
use fixture::{ADA, FROM, Fault, PostOffice, ada, delivery, envelope, now, placed, registered, without_mail};
use jiff::{SignedDuration, Timestamp};
use notifications::mail::{Kind, Mail};
use notifications::notification::{Notification, Status};
use serde_json::json;

#[tokio::test]
async fn a_mail_is_sent_once_and_recorded_without_its_address() {
    let office = PostOffice::open().await;
    let event = envelope(placed());
    office.connection.fail([]);
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.connection.calls(), CALLS);
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
      "claimed_until": "2026-11-23T10:00:11Z",
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

/// When the claims of deliveries that began at [`now`] have run out.
fn later() -> Timestamp {
    delivery(&envelope(registered())).deadline + CLOCK_SKEW
}

#[tokio::test]
async fn a_claim_holds_until_whoever_made_it_has_certainly_ended() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let deadline = now() + SignedDuration::from_secs(30);
    let claim = Notification::claim(&delivery(&event).until(deadline), ada(), Kind::Welcome);
    assert_eq!(office.notifications.put(0, &claim).await.unwrap(), store::Outcome::Committed);
    for at_work in [now(), deadline, deadline + CLOCK_SKEW - SignedDuration::from_millis(1)] {
        assert!(office.deliver(&event, at_work).await.is_err(), "another is at work at {at_work}");
    }
    assert!(office.mails().is_empty());
    office.deliver(&event, deadline + CLOCK_SKEW).await.unwrap();
    assert_eq!(office.mails().len(), 1);
    assert_eq!(office.record(&event).await.unwrap().status, Status::Sent);
}

#[tokio::test]
async fn claims_run_out_before_their_message_comes_again() {
    // What the root template sets for the queue; a test of the flows holds it to six times the function's timeout.
    let visible_again = now() + timeouts::FUNCTION * 6;
    assert!(later() < visible_again);
}

/// The calls of a delivery: it looks for the record, claims, sends, and records.
const CALLS: usize = 4;

#[tokio::test]
async fn wherever_it_is_killed_one_mail_comes_of_it() {
    for call in 1..=CALLS {
        for fault in [Fault::KilledBefore, Fault::KilledAfter] {
            let office = PostOffice::open().await;
            let event = envelope(registered());
            assert!(office.interrupted(&event, [(call, fault)]).await.is_none(), "{call} {fault:?}");
            let sent = office.mails().len();
            // The same message may be there twice: while the claim holds, the other one does nothing.
            let beside = office.deliver(&event, now()).await;
            if office.record(&event).await.is_some_and(|record| record.status != Status::Sent) {
                assert!(beside.is_err(), "{call} {fault:?}: it is not lost");
                assert_eq!(office.mails().len(), sent, "{call} {fault:?}");
            }
            office.deliver(&event, later()).await.unwrap();
            office.deliver(&event, later()).await.unwrap();
            let between_sending_and_recording =
                (call, fault) == (3, Fault::KilledAfter) || (call, fault) == (4, Fault::KilledBefore);
            let mails = if between_sending_and_recording { 2 } else { 1 };
            assert_eq!(office.mails().len(), mails, "{call} {fault:?}");
            assert_eq!(office.record(&event).await.unwrap().status, Status::Sent, "{call} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_of_the_table_costs_nothing() {
    for call in [1, 2, 4] {
        let office = PostOffice::open().await;
        let event = envelope(registered());
        let delivered = office.interrupted(&event, [(call, Fault::AnswerLost)]).await;
        assert!(matches!(delivered, Some(Ok(()))), "{call}: {delivered:?}");
        office.deliver(&event, now()).await.unwrap();
        assert_eq!(office.mails().len(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_mail_that_is_sent_is_written_down_as_soon_as_the_table_answers() {
    for fault in [Fault::Broken, Fault::AnswerLost] {
        let office = PostOffice::open().await;
        let event = envelope(registered());
        // All tries of the SDK.
        let delivered =
            office.interrupted(&event, (CALLS..CALLS + 3).map(|call| (call, fault))).await.unwrap();
        assert_eq!(office.record(&event).await.unwrap().status, Status::Sent, "{fault:?}");
        // Where it had been written down, that is not known here: the message comes again, and is done with.
        assert_eq!(delivered.is_ok(), fault == Fault::Broken);
        office.deliver(&event, later()).await.unwrap();
        assert_eq!(office.mails().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_of_ses_holds_the_claim() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let failure = office.interrupted(&event, [(3, Fault::AnswerLost)]).await.unwrap().unwrap_err();
    assert_eq!(failure.to_string(), "whether the mail was sent is not known");
    assert_eq!(office.mails().len(), 1, "it was, and only once: nobody tries again by himself");
    assert!(office.deliver(&event, now()).await.is_err());
    assert_eq!(office.mails().len(), 1, "the claim holds");
    // Nobody can know, so the customer gets it once more rather than never.
    office.deliver(&event, later()).await.unwrap();
    assert_eq!(office.mails().len(), 2);
}

#[tokio::test]
async fn what_ses_refuses_can_be_tried_again_at_once_and_is_logged_without_the_address() {
    let office = PostOffice::unverified().await;
    let event = envelope(registered());
    let failure = chain(office.deliver(&event, now()).await.unwrap_err().as_ref());
    let refused = "SES refused the mail: MessageRejected (request ";
    assert!(failure.starts_with(refused) && !failure.contains('@'), "{failure}");
    assert!(office.mails().is_empty());
    office.verify().await;
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_that_ses_is_too_busy_for_is_sent_a_moment_later() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let delivered = office.interrupted(&event, (3..6).map(|call| (call, Fault::Throttled))).await;
    assert!(matches!(delivered, Some(Ok(()))), "{delivered:?}");
    assert_eq!(office.mails().len(), 1);
    assert_eq!(office.record(&event).await.unwrap().status, Status::Sent);
}

#[tokio::test]
async fn a_mail_is_sent_once_by_itself_after_throttling_too() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let faults = [(3, Fault::Throttled), (4, Fault::AnswerLost)];
    let failure = office.interrupted(&event, faults).await.unwrap().unwrap_err();
    assert_eq!(failure.to_string(), "whether the mail was sent is not known");
    assert_eq!(office.mails().len(), 1);
    assert!(office.deliver(&event, now()).await.is_err(), "the claim holds");
}

#[tokio::test]
async fn whoever_finds_ses_too_busy_gives_up_in_time_and_lets_go() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    // There is time for a try that hangs and for the record of it, and more than twice what the pauses before the next two
    // tries take at the most, which is 0.6 s.
    let patience = Duration::from_millis(1500);
    let deadline = now() + timeouts::ANSWER_BEFORE + 2 * timeouts::SDK_OPERATION + patience;
    office.connection.fail((3..100).map(|call| (call, Fault::Throttled)));
    let begun = Instant::now();
    let failure = office.take(delivery(&event).until(deadline)).await.unwrap_err();
    assert!(begun.elapsed() < patience + timeouts::SDK_OPERATION, "{:?}", begun.elapsed());
    let busy = "SES takes no more mails at the moment: Throttling (request 42)";
    assert_eq!(chain(failure.as_ref()), busy);
    assert!(office.connection.calls() > CALLS + 1, "{} calls", office.connection.calls());
    assert!(office.mails().is_empty());
    office.connection.fail([]);
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1, "it need not wait for the claim to run out");
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

/// DynamoDB's read and write units, and requests. A change here is a change of the bill.
#[tokio::test]
async fn it_keeps_to_its_budget() {
    let office = PostOffice::open().await;
    let event = envelope(placed());
    office.used();
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "1 read, 4 written: GetItem, 2 TransactWriteItems, ses:SendEmail", "a mail");
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "1 read, 0 written: GetItem", "the same again");
    let [silent, ..] = without_mail();
    office.deliver(&envelope(silent), now()).await.unwrap();
    assert_eq!(office.used(), "0 read, 0 written: ", "nobody is written to");

    let gone = json!({ "code": "user_not_found", "detail": "there is no such user" });
    office.accounts.say(ada(), StatusCode::NOT_FOUND, gone);
    let event = Envelope { id: EventId::from_parts(1, 10), ..event };
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "1 read, 2 written: GetItem, TransactWriteItems", "the account is gone");

    let office = PostOffice::unverified().await;
    office.used();
    office.deliver(&event, now()).await.unwrap_err();
    assert_eq!(
        office.used(),
        "1 read, 4 written: GetItem, 2 TransactWriteItems, ses:SendEmail",
        "SES refuses"
    );
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

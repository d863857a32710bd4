//! Deliveries with failing calls.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use domain::events::Envelope;
use edge::timeouts;
use notifications::mails::notification::Status;
use serde_json::json;
use telemetry::{Published, chain};

use crate::fixture::{ADA, Fault, PostOffice, ada, delivery, envelope, later, now, placed, registered};
use crate::mails::{CALLS, LOOKS_AGAIN, SEND};

/// What a delivery is about, and how many calls more than for an account it makes.
fn subjects() -> [(Envelope, usize); 2] {
    [(envelope(registered()), 0), (envelope(placed()), LOOKS_AGAIN)]
}

#[tokio::test]
async fn a_process_killed_at_any_call_sends_one_mail() {
    for (event, more) in subjects() {
        let (calls, send) = (CALLS + more, SEND + more);
        let faults = [Fault::KilledBefore, Fault::KilledAfter];
        for (call, fault) in (1..=calls).flat_map(|call| faults.map(|fault| (call, fault))) {
            let office = PostOffice::open().await;
            assert!(office.interrupted(&event, [(call, fault)]).await.is_none(), "{call} {fault:?}");
            let sent = office.mails().len();
            // The queue may deliver the message twice. While the claim holds, the second delivery does nothing.
            let second = office.deliver(&event, now()).await;
            if office.record(&event).await.is_some_and(|record| record.status != Status::Sent) {
                assert!(second.is_err(), "{call} {fault:?}: the message is redelivered");
                assert_eq!(office.mails().len(), sent, "{call} {fault:?}");
            }
            office.deliver(&event, later()).await.unwrap();
            office.deliver(&event, later()).await.unwrap();
            let between_sending_and_recording =
                (call, fault) == (send, Fault::KilledAfter) || (call, fault) == (calls, Fault::KilledBefore);
            let mails = if between_sending_and_recording { 2 } else { 1 };
            assert_eq!(office.mails().len(), mails, "{call} {fault:?}");
            assert_eq!(office.record(&event).await.unwrap().status, Status::Sent, "{call} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_from_the_table_sends_one_mail() {
    for (event, more) in subjects() {
        for call in (1..=CALLS + more).filter(|call| *call != SEND + more) {
            let office = PostOffice::open().await;
            let delivered = office.interrupted(&event, [(call, Fault::AnswerLost)]).await;
            assert!(matches!(delivered, Some(Ok(()))), "{call}: {delivered:?}");
            office.deliver(&event, now()).await.unwrap();
            assert_eq!(office.mails().len(), 1, "{call}");
        }
    }
}

#[tokio::test]
async fn a_sent_mail_is_recorded_when_the_table_answers_again() {
    for fault in [Fault::Broken, Fault::AnswerLost] {
        let office = PostOffice::open().await;
        let event = envelope(registered());
        // Every attempt of the SDK fails.
        let delivered =
            office.interrupted(&event, (CALLS..CALLS + 3).map(|call| (call, fault))).await.unwrap();
        assert_eq!(office.record(&event).await.unwrap().status, Status::Sent, "{fault:?}");
        // With a lost answer, the delivery cannot know that the record was written. It fails, and the next one finds
        // the record.
        assert_eq!(delivered.is_ok(), fault == Fault::Broken);
        office.deliver(&event, later()).await.unwrap();
        assert_eq!(office.mails().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_from_ses_keeps_the_claim() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let failure = office.interrupted(&event, [(SEND, Fault::AnswerLost)]).await.unwrap().unwrap_err();
    assert_eq!(failure.to_string(), "it is unknown whether the mail was sent");
    assert_eq!(office.mails().len(), 1, "the mail was sent once");
    assert!(office.deliver(&event, now()).await.is_err());
    assert_eq!(office.mails().len(), 1, "the claim holds");
    // The outcome is unknown, so the customer gets the mail twice rather than never.
    office.deliver(&event, later()).await.unwrap();
    assert_eq!(office.mails().len(), 2);
}

#[tokio::test]
async fn a_refused_mail_releases_the_claim_and_is_logged_without_the_address() {
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
async fn an_address_that_ses_does_not_accept_is_closed_after_one_try() {
    let office = PostOffice::open().await;
    let published = Published::from_now();
    let event = envelope(registered());
    let delivered = office.interrupted(&event, [(SEND, Fault::Malformed)]).await;
    assert!(matches!(delivered, Some(Ok(()))), "no dead letter: {delivered:?}");
    assert_eq!(published.take(), ["MailsRefused=1"]);
    assert_eq!(office.record(&event).await.unwrap().status, Status::Undeliverable);
    office.deliver(&event, later()).await.unwrap();
    assert!(office.mails().is_empty() && published.take().is_empty(), "it is not tried again");
}

#[tokio::test]
async fn a_throttled_mail_is_retried_and_sent() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let delivered = office.interrupted(&event, (SEND..SEND + 3).map(|call| (call, Fault::Throttled))).await;
    assert!(matches!(delivered, Some(Ok(()))), "{delivered:?}");
    assert_eq!(office.mails().len(), 1);
    assert_eq!(office.record(&event).await.unwrap().status, Status::Sent);
}

#[tokio::test]
async fn a_lost_answer_after_throttling_is_not_retried() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let faults = [(SEND, Fault::Throttled), (SEND + 1, Fault::AnswerLost)];
    let failure = office.interrupted(&event, faults).await.unwrap().unwrap_err();
    assert_eq!(failure.to_string(), "it is unknown whether the mail was sent");
    assert_eq!(office.mails().len(), 1);
    assert!(office.deliver(&event, now()).await.is_err(), "the claim holds");
}

#[tokio::test]
async fn throttling_up_to_the_deadline_releases_the_claim() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    // Leaves time for an attempt that hangs and for its record, and more than twice the longest delays before the next
    // two attempts, which add up to 0.6 s.
    let patience = Duration::from_millis(1500);
    let deadline = now() + timeouts::ANSWER_BEFORE + 2 * timeouts::SDK_OPERATION + patience;
    office.connection.fail((SEND..100).map(|call| (call, Fault::Throttled)));
    let begun = Instant::now();
    let failure = office.take(delivery(&event).until(deadline)).await.unwrap_err();
    assert!(begun.elapsed() < patience + timeouts::SDK_OPERATION, "{:?}", begun.elapsed());
    let busy = "SES is throttling: Throttling (request 42)";
    assert_eq!(chain(failure.as_ref()), busy);
    assert!(office.connection.calls() > CALLS + 1, "{} calls", office.connection.calls());
    assert!(office.mails().is_empty());
    office.connection.fail([]);
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.mails().len(), 1, "the claim was released");
}

#[tokio::test]
async fn a_deleted_account_gets_no_mail() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    let gone = json!({ "code": "user_not_found", "detail": "user not found" });
    office.accounts.say(ada(), StatusCode::NOT_FOUND, gone);
    office.deliver(&event, now()).await.unwrap();
    office.deliver(&event, now()).await.unwrap();
    assert!(office.mails().is_empty());
    assert_eq!(office.record(&event).await.unwrap().status, Status::Undeliverable);
}

#[tokio::test]
async fn an_unavailable_user_service_leaves_no_claim() {
    let office = PostOffice::open().await;
    let event = envelope(registered());
    // The second is a gateway's 404 for an unknown route. It carries no information about the user.
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

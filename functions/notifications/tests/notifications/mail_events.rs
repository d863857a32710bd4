//! Queue `mail-events`: bounces and complaints, and what they stop.

use axum::http::StatusCode;
use domain::events::{Envelope, LinkPurpose};
use domain::words::person::Email;
use edge::queue::{Content, Delivery, Failure};
use jiff::{SignedDuration, Timestamp};
use notifications::mail_events::apply_mail_event;
use notifications::mail_events::mail_event::MailEvent;
use notifications::mail_events::suppression::Suppression;
use notifications::mails::notification::Status;
use serde_json::{Value, json};
use telemetry::Published;

use crate::fixture::{
    ADA, Fault, PostOffice, ada, envelope, link_id, link_requested, mail, now, numbered, password_changed,
    placed, registered,
};

use crate::mails::{LOOKS_AGAIN, SEND};

/// The event that SES publishes about the mail of an event of the shop, with the fields of AWS's example.
fn event(about: &Envelope, what: &str, details: Value) -> Value {
    let tags = json!({
        "ses:configuration-set": ["bodega-test"],
        "ses:source-ip": ["192.0.2.0"],
        "ses:from-domain": ["bodega.example"],
        "ses:caller-identity": ["send-notification"],
        "correlation_id": ["JKJaX-mPL_vHcESHA"],
        "event_id": [about.id],
        "recipient": [ada()],
        "order_id": mail(about).content.order_id().map(|order| [order]).into_iter().flatten().collect::<Vec<_>>(),
    });
    let mut event = json!({
        "eventType": what,
        "mail": {
            "timestamp": "2026-11-23T10:00:00.000Z",
            "source": "Bodega <shop@bodega.example>",
            "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/bodega.example",
            "sendingAccountId": "123456789012",
            "messageId": "0100017c9a2e4f3d-example-000000",
            "destination": [ADA],
            "headersTruncated": false,
            "headers": [{ "name": "To", "value": ADA }],
            "commonHeaders": { "to": [ADA], "messageId": "0100017c9a2e4f3d-example-000000" },
            "tags": tags,
        },
    });
    event[what.to_lowercase()] = details;
    event
}

fn bounce(about: &Envelope, kind: &str, at: Timestamp, feedback_id: &str) -> Value {
    let details = json!({
        "bounceType": kind,
        "bounceSubType": "General",
        "bouncedRecipients": [{
            "emailAddress": "ADA@example.com", "action": "failed", "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }],
        "timestamp": at,
        "feedbackId": feedback_id,
        "reportingMTA": "dns; a9-1.smtp-out.amazonses.com",
    });
    event(about, "Bounce", details)
}

fn complaint(about: &Envelope, feedback_type: Option<&str>) -> Value {
    let details = json!({
        "complainedRecipients": [{ "emailAddress": ADA }],
        "timestamp": now(),
        "feedbackId": "0100017c9a2e4f3d-complaint-000000",
        "complaintSubType": null,
        "complaintFeedbackType": feedback_type,
        "userAgent": "Amazon SES Mailbox Simulator",
        "arrivalDate": now(),
    });
    event(about, "Complaint", details)
}

impl PostOffice {
    async fn report(&self, event: Value) -> Result<(), Failure> {
        let event: MailEvent = serde_json::from_value(event).unwrap();
        apply_mail_event(self.notifications.clone(), Delivery::new(event, now())).await
    }

    async fn suppression(&self, email: &str) -> Option<Suppression> {
        let found = self.notifications.suppression(&Email::try_new(email).unwrap()).await.unwrap();
        found.map(|found| found.value)
    }

    /// Delivers an event, and returns the status of its mail.
    async fn status_of(&self, event: &Envelope, at: Timestamp) -> Status {
        self.deliver(event, at).await.unwrap();
        self.record(event).await.unwrap().status
    }
}

#[tokio::test]
async fn after_a_bounce_for_good_the_address_gets_no_mail_and_another_address_does() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    assert_eq!(office.status_of(&sent, now()).await, Status::Sent);
    for _ in 0..2 {
        office.report(bounce(&sent, "Permanent", now(), "b-1")).await.unwrap();
        assert_eq!(office.record(&sent).await.unwrap().status, Status::Bounced);
    }
    let much_later = now() + SignedDuration::from_hours(1000);
    assert_eq!(office.status_of(&numbered(10, placed()), much_later).await, Status::Suppressed);
    assert_eq!(office.status_of(&numbered(10, placed()), much_later).await, Status::Suppressed, "again");
    assert_eq!(office.mails().len(), 1);

    let moved = json!({ "name": "Ada", "email": "ada@another.example" });
    office.accounts.say(ada(), StatusCode::OK, moved);
    assert_eq!(office.status_of(&numbered(11, placed()), much_later).await, Status::Sent);
}

#[tokio::test]
async fn after_a_complaint_the_address_gets_what_is_required() {
    let office = PostOffice::open().await;
    let sent = envelope(registered());
    assert_eq!(office.status_of(&sent, now()).await, Status::Sent);
    office.report(complaint(&sent, Some("abuse"))).await.unwrap();
    assert_eq!(office.record(&sent).await.unwrap().status, Status::Complained);
    office.report(bounce(&sent, "Transient", now(), "b-1")).await.unwrap();
    assert_eq!(office.record(&sent).await.unwrap().status, Status::Complained, "the complaint counts");
    assert_eq!(office.status_of(&numbered(10, registered()), now()).await, Status::Suppressed);
    for (number, required) in [(11, placed()), (12, password_changed())] {
        assert_eq!(office.status_of(&numbered(number, required), now()).await, Status::Sent);
    }
    let contact =
        json!({ "name": "Ada", "email": ADA, "link": "https://bodega.example/reset-password#token=t" });
    office.accounts.say_link(link_id(), StatusCode::OK, contact);
    let reset = numbered(13, link_requested(LinkPurpose::ResetPassword));
    assert_eq!(office.status_of(&reset, now()).await, Status::Sent);
}

#[tokio::test]
async fn three_transient_bounces_in_a_week_pause_the_mails_for_a_week() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    office.deliver(&sent, now()).await.unwrap();
    let day = SignedDuration::from_hours(24);
    for number in 0..3 {
        let at = now() + day * number;
        assert_eq!(
            office.status_of(&numbered(20 + u128::from(number.unsigned_abs()), placed()), at).await,
            Status::Sent
        );
        for _ in 0..3 {
            let kind = if number == 1 { "Undetermined" } else { "Transient" };
            office.report(bounce(&sent, kind, at, &format!("b-{number}"))).await.unwrap();
        }
    }
    let until = now() + day * 9;
    assert_eq!(
        office.status_of(&numbered(30, placed()), until - SignedDuration::from_secs(1)).await,
        Status::Suppressed
    );
    assert_eq!(office.status_of(&numbered(31, placed()), until).await, Status::Sent);
}

#[tokio::test]
async fn a_mail_that_bounces_before_it_is_recorded_as_sent_is_not_sent_again() {
    let office = PostOffice::open().await;
    let sent = envelope(registered());
    office.claimed(&sent, json!({})).await;
    office.report(bounce(&sent, "Transient", now(), "b-1")).await.unwrap();
    assert_eq!(office.status_of(&sent, now()).await, Status::Bounced);
    assert!(office.mails().is_empty());
}

#[tokio::test]
async fn a_mail_that_bounces_at_once_needs_no_other_delivery() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    office.connection.fail([(SEND + LOOKS_AGAIN, Fault::AnswerLate)]);
    let report = async {
        office.connection.is_late().await;
        office.report(bounce(&sent, "Permanent", now(), "b-1")).await.unwrap();
        office.connection.release();
    };
    let (delivered, ()) = tokio::join!(office.deliver(&sent, now()), report);
    delivered.unwrap();
    assert_eq!(office.record(&sent).await.unwrap().status, Status::Bounced);
}

#[tokio::test]
async fn what_reports_no_failure_has_no_effect() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    office.deliver(&sent, now()).await.unwrap();
    let mut unknown = event(&sent, "Subscription", json!({ "contactList": "all" }));
    office.report(unknown.clone()).await.unwrap();
    unknown["eventType"] = json!("AddedByAws");
    office.report(unknown).await.unwrap();
    office.report(complaint(&sent, Some("not-spam"))).await.unwrap();
    assert_eq!(
        (office.suppression(ADA).await, office.record(&sent).await.unwrap().status),
        (None, Status::Sent)
    );
}

#[tokio::test]
async fn a_mail_without_a_record_or_tags_and_several_recipients_are_handled() {
    let office = PostOffice::open().await;
    let gone = envelope(placed());
    office.report(bounce(&gone, "Permanent", now(), "b-1")).await.unwrap();
    assert!(office.suppression(ADA).await.is_some() && office.record(&gone).await.is_none());

    let mut foreign = complaint(&gone, None);
    foreign["mail"].as_object_mut().unwrap().remove("tags");
    foreign["mail"]["destination"] = json!(["bob@example.com", "ida@example.com", "eve@example.com", "none"]);
    foreign["complaint"]["complainedRecipients"] = json!([
        { "emailAddress": "bob@example.com" }, { "emailAddress": "no address" }, { "emailAddress": "eve@example.com" },
    ]);
    office.report(foreign).await.unwrap();
    for email in ["bob@example.com", "eve@example.com"] {
        assert_eq!(office.suppression(email).await.unwrap().complained_at, Some(now()));
    }
    assert_eq!(office.suppression("ida@example.com").await, None, "she did not complain");
}

#[tokio::test]
async fn the_address_that_was_written_to_counts_and_not_the_one_that_it_forwards_to() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    let mut forwarded = bounce(&sent, "Permanent", now(), "b-1");
    forwarded["bounce"]["bouncedRecipients"] = json!([{ "emailAddress": "someone@elsewhere.example" }]);
    office.report(forwarded).await.unwrap();
    assert_eq!(office.suppression("someone@elsewhere.example").await, None);
    assert!(office.suppression(ADA).await.is_some());
}

#[tokio::test]
async fn the_notice_of_a_new_destination_is_no_failure() {
    let office = PostOffice::open().await;
    let read = |body: &str| {
        let message = json!({ "messageId": "1", "receiptHandle": "1", "body": body, "attributes": {} });
        edge::queue::read::<MailEvent>(serde_json::from_value(message).unwrap(), now())
    };
    let notice = read("Successfully validated SNS topic for Amazon SES event publishing.\n").unwrap();
    apply_mail_event(office.notifications.clone(), notice).await.unwrap();
    assert!(read("Successfully").is_err() && read("").is_err());
}

#[tokio::test]
async fn two_reports_about_one_address_at_once_both_count() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    office.deliver(&sent, now()).await.unwrap();
    let (one, two) = tokio::join!(
        office.report(bounce(&sent, "Permanent", now(), "b-1")),
        office.report(complaint(&sent, None))
    );
    assert!(one.is_ok() && two.is_ok());
    let known = office.suppression(ADA).await.unwrap();
    assert!(known.bounced_at.is_some() && known.complained_at.is_some());
    assert_eq!(office.record(&sent).await.unwrap().status, Status::Complained);
}

#[tokio::test]
async fn each_failure_is_counted_and_belongs_to_the_chain_of_its_request() {
    let office = PostOffice::open().await;
    let published = Published::from_now();
    let sent = envelope(placed());
    for _ in 0..2 {
        office.report(bounce(&sent, "Transient", now(), "b-0")).await.unwrap();
        office.report(bounce(&sent, "Permanent", now(), "b-1")).await.unwrap();
        office.report(complaint(&sent, None)).await.unwrap();
    }
    assert_eq!(published.take(), ["MailsBounced=1", "MailsComplained=1"], "a second delivery is no news");
    let other = numbered(10, placed());
    let mut dropped = bounce(&other, "Permanent", now(), "b-2");
    dropped["bounce"]["bounceSubType"] = json!("OnAccountSuppressionList");
    dropped["mail"]["destination"] = json!(["eve@example.com"]);
    office.report(dropped).await.unwrap();
    assert!(published.take().is_empty() && office.suppression("eve@example.com").await.is_some());
    let read = |event: Value| serde_json::from_value::<MailEvent>(event).unwrap();
    assert_eq!(read(complaint(&sent, None)).cause().correlation_id, "JKJaX-mPL_vHcESHA");
    let mut bare = complaint(&sent, None);
    bare["mail"]["tags"] = json!({});
    assert_eq!(read(bare).cause().correlation_id, "0100017c9a2e4f3d-example-000000");
}

#[tokio::test]
async fn reports_keep_to_the_budget_and_store_no_address() {
    let office = PostOffice::open().await;
    let sent = envelope(placed());
    office.deliver(&sent, now()).await.unwrap();
    office.used();
    office.report(bounce(&sent, "Permanent", now(), "b-1")).await.unwrap();
    assert_eq!(office.used(), "2 read, 2 written: 2 GetItem, 2 PutItem");
    office.report(bounce(&sent, "Permanent", now(), "b-1")).await.unwrap();
    assert_eq!(office.used(), "2 read, 0 written: 2 GetItem", "again");
    let known = office.suppression(ADA).await.unwrap();
    assert!(!serde_json::to_string(&known).unwrap().contains("ada"), "{known:?}");
}

#[test]
fn what_is_not_an_event_is_refused() {
    let sent = envelope(placed());
    for (field, value) in
        [("/eventType", json!(1)), ("/mail", json!({})), ("/bounce/timestamp", json!("soon"))]
    {
        let mut event = bounce(&sent, "Permanent", now(), "b-1");
        *event.pointer_mut(field).unwrap() = value;
        assert!(serde_json::from_value::<MailEvent>(event).is_err(), "{field}");
    }
}

#[test]
fn the_sample_event_is_a_bounce() {
    let sample = include_str!("../../../../events/apply-mail-event.json");
    let batch: Value = serde_json::from_str(sample).unwrap();
    let event: MailEvent = serde_json::from_str(batch["Records"][0]["body"].as_str().unwrap()).unwrap();
    assert!(event.failure().is_some() && event.mail.about().is_some());
}

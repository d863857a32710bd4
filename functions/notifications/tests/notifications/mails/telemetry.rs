//! The metrics of a mail, and the tags that SES repeats in every event about it.

use domain::events::Envelope;
use edge::Cause;
use telemetry::Published;

use crate::fixture::{PostOffice, ada, envelope, mail, now, placed, registered, without_mail};

#[tokio::test]
async fn a_repeated_event_counts_one_mail() {
    let office = PostOffice::open().await;
    let published = Published::from_now();
    let event = envelope(registered());
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(published.take(), ["MailsSent=1"]);
    office.deliver(&event, now()).await.unwrap();
    for event in without_mail() {
        office.deliver(&envelope(event), now()).await.unwrap();
    }
    assert!(published.take().is_empty(), "the same event again, and events without a mail");
}

#[tokio::test]
async fn each_refusal_by_ses_counts() {
    let office = PostOffice::unverified().await;
    let published = Published::from_now();
    for _ in 0..2 {
        assert!(office.deliver(&envelope(placed()), now()).await.is_err());
        assert_eq!(published.take(), ["MailsRefused=1"]);
    }
}

#[tokio::test]
async fn the_tags_of_a_mail_contain_its_request_and_event() {
    for (correlation_id, tag) in [("JKJaX-mPL_vHcESHA=", Some("JKJaX-mPL_vHcESHA")), ("=", None)] {
        let office = PostOffice::open().await;
        let event =
            Envelope { correlationid: correlation_id.to_owned(), ..Cause::new("").envelope(placed(), now()) };
        office.deliver(&event, now()).await.unwrap();
        let tags = &office.mails()[0].tags;
        assert_eq!(tags.get("correlation_id").map(String::as_str), tag);
        assert_eq!(tags["event_id"], event.id.to_string());
        assert_eq!((&*tags["recipient"], &*tags["kind"]), (&*ada().to_string(), "order_received"));
        assert_eq!(Some(tags["order_id"].parse().unwrap()), mail(&event).order_id());
    }
}

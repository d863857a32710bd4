//! Queue `account-mails`.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use domain::events::Envelope;
use edge::Pace;
use notifications::mails::mail::Mail;
use notifications::mails::send_account_mail::MailPace;
use serde_json::json;

use crate::fixture::{PostOffice, envelope, link_id, numbered, password_changed, registered_with_link};

#[tokio::test]
async fn a_welcome_brings_its_link() {
    let office = PostOffice::open().await;
    let url = "https://bodega.example/confirm-email#token=tok_1.secret";
    let contact = json!({ "name": "Ada", "email": "ada@example.com", "link": url });
    office.accounts.say_link(link_id(), StatusCode::OK, contact);
    let event = envelope(registered_with_link());
    for _ in 0..2 {
        office.deliver_to_account_mails(&event, &MailPace(Pace::unlimited())).await.unwrap();
    }
    let [mail] = &office.mails()[..] else { panic!("one mail") };
    assert!(mail.text.as_ref().unwrap().contains(url));
}

/// Deliveries cannot be faster than the pace, however fast the machine is.
#[tokio::test]
async fn concurrent_deliveries_share_the_pace_of_their_process() {
    let office = PostOffice::open().await;
    let pace = MailPace(Pace::per_second(NonZeroU32::new(20).unwrap()));
    let began = Instant::now();
    let events: Vec<Envelope> = (1..=5).map(|number| numbered(number, password_changed())).collect();
    let deliveries = events.iter().map(|event| office.deliver_to_account_mails(event, &pace));
    for delivered in futures::future::join_all(deliveries).await {
        delivered.unwrap();
    }
    assert_eq!(office.mails().len(), 5);
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
}

#[test]
fn the_sample_event_has_a_mail() {
    let sample = include_str!("../../../../../events/send-account-mail.json");
    let batch: serde_json::Value = serde_json::from_str(sample).unwrap();
    let body = batch["Records"][0]["body"].as_str().unwrap();
    let envelope: Envelope = serde_json::from_str(body).unwrap();
    assert!(!Mail::about(&envelope.event).unwrap().is_empty());
}

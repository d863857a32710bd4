//! The budget of a delivery: DynamoDB's read and write units, and requests. A change here changes the bill.

use axum::http::StatusCode;
use domain::events::Envelope;
use domain::words::id::EventId;
use serde_json::json;

use crate::fixture::{PostOffice, ada, envelope, now, placed, without_mail};

#[tokio::test]
async fn deliveries_keep_to_the_budget() {
    let office = PostOffice::open().await;
    let event = envelope(placed());
    office.used();
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "3 read, 2 written: GetItem, 2 PutItem, 2 Query, ses:SendRawEmail", "a mail");
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "1 read, 0 written: Query", "the same event again");
    let [silent, ..] = without_mail();
    office.deliver(&envelope(silent), now()).await.unwrap();
    assert_eq!(office.used(), "0 read, 0 written: ", "no mail");

    let gone = json!({ "code": "user_not_found", "detail": "user not found" });
    office.accounts.say(ada(), StatusCode::NOT_FOUND, gone);
    let event = Envelope { id: EventId::from_parts(1, 10), ..event };
    office.deliver(&event, now()).await.unwrap();
    assert_eq!(office.used(), "1 read, 1 written: PutItem, Query", "account not found");

    let office = PostOffice::unverified().await;
    office.used();
    office.deliver(&event, now()).await.unwrap_err();
    assert_eq!(
        office.used(),
        "3 read, 2 written: GetItem, 2 PutItem, 2 Query, ses:SendRawEmail",
        "SES refuses"
    );
}

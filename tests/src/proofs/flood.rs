//! A flood of mails about accounts, and one order behind it: they delay no mail about an order.

use std::time::{Duration, Instant};

use engines::aws::{Mail, Service};
use futures::{StreamExt, stream};
use serde_json::json;

use crate::Shop;

/// The time in which the order's confirmation leaves.
const TO_CONFIRM: Duration = Duration::from_secs(5);

/// Asks for `count` mails about accounts at once, and places an order. Each mail is asked for by an event, as a registration
/// does, since the gateway lets fifty registrations a second pass.
///
/// # Panics
/// Panics if the order's confirmation takes more than five seconds or waits for half of the flood, or if a mail is lost.
pub async fn of_account_mails(count: usize) {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    shop.settle().await;
    let endpoint = shop.cloud().endpoint();
    let url = endpoint.queue_url(&shop.queue("account-mails"));
    let ask = async |number: usize| {
        let event = json!({
            "specversion": "1.0", "id": format!("evt_01KAQV8T00ADA{number:013}"), "source": "/bodega/users",
            "subject": ada.user_id, "time": "2026-11-23T10:00:00Z", "datacontenttype": "application/json",
            "correlationid": "test", "type": "bodega.user.password_changed.v1", "data": { "user_id": ada.user_id },
        });
        let message = json!({ "QueueUrl": url, "MessageBody": event.to_string() });
        endpoint.call(Service::Sqs, "SendMessage", &message).await.expect("the message is sent");
    };
    stream::iter((0..count).map(ask)).buffer_unordered(16).collect::<Vec<()>>().await;

    let placed = ada.order("in-the-flood", "pm_card_visa").await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let began = Instant::now();
    let is_confirmed = |mail: &Mail| mail.subject == "Your order is confirmed";
    endpoint.mailbox().wait_for(Duration::from_secs(60), is_confirmed).await.expect("the mail");
    let took = began.elapsed();
    let flooded =
        shop.subjects(&ada.email).iter().filter(|subject| *subject == "Your password was changed").count();
    assert!(flooded < count / 2, "{flooded} of {count} were sent before the order's mail");
    println!("confirmed after {:.2} s, when {flooded} of {count} mails were sent", took.as_secs_f64());
    assert!(took < TO_CONFIRM, "{took:?}");
    shop.settle().await;
    assert_eq!(shop.mails(&ada.email).len(), count + 3, "and nothing of it is lost");
    shop.close().await;
}

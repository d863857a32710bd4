//! Flows of guests.

use domain::events::{OrderEvent, OrderLinkRequested, Queue};
use domain::words::id::{LinkTokenId, OrderId};
use edge::Cause;
use engines::iam::Grant;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{Customer, Shop};

use super::{Sessions, is_on};
use crate::raw_events::invoked;

impl Sessions {
    /// Starts the session of a guest who leaves this address, as with an order, of which an empty shop takes none.
    pub async fn guest_at<'s>(&self, shop: &'s Shop, email: &str) -> Customer<'s> {
        let guest = shop.guest().await;
        let contact = json!({ "name": "A Guest", "email": email }).to_string();
        let kept = invoked(shop, "keep-contact", |event| {
            event["pathParameters"]["user_id"] = json!(guest.user_id);
            event["body"] = json!(contact);
        });
        assert_eq!(kept.await, "200");
        guest
    }

    /// Asks for a link to an order of a guest, as if an empty shop had one, and returns the address that it is mailed to.
    pub async fn order_link(&self, shop: &Shop) -> String {
        let email = self.unique_address();
        let guest = self.guest_at(shop, &email).await;
        let (token_id, order_id) = (LinkTokenId::derived_from(&[&email]), OrderId::derived_from(&[&email]));
        let number = format!("NO-{}", guest.user_id);
        let claim = json!({
            "number": number, "email": email, "owner": guest.user_id,
            "wanted": { "link": { "token_id": token_id, "order_id": order_id } },
        });
        let compared = invoked(shop, "compare-contact", |event| event["body"] = json!(claim.to_string()));
        assert_eq!(compared.await, "200");
        let user_id = guest.user_id.parse().expect("an id");
        let event = OrderEvent::LinkRequested(OrderLinkRequested { order_id, user_id, number, token_id });
        let envelope = Cause::new("policies").envelope(event, Timestamp::now());
        shop.send_event(Queue::AccountMails, &envelope).await;
        email
    }
}

/// Returns whether signing in or registering needs the permission only from a guest's session.
pub fn concerns_a_guest(grant: &Grant) -> bool {
    match (grant.function.as_str(), grant.action.as_str()) {
        ("register-user" | "log-in" | "complete-log-in", "dynamodb:GetItem") if is_on(grant, "SESSION#*") => {
            true
        }
        ("log-in" | "complete-log-in", "dynamodb:PutItem") if is_on(grant, "OUTBOX#*") => true,
        _ => is_on(grant, "GUEST#*") || is_on(grant, "GUESTS#*"),
    }
}

pub fn with_guest(mut body: Value, guest: &Customer<'_>) -> Value {
    body["guest_refresh_token"] = guest.refresh_token.clone().into();
    body
}

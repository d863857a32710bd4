//! Flows of guests.

use engines::iam::Grant;
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

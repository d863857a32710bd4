//! Flows of guests.

use engines::iam::Grant;
use serde_json::Value;
use tests::{Customer, Shop, guests_order};

use super::{Sessions, is_on};

impl Sessions {
    /// Starts the session of a guest who leaves this address with an order, which an empty shop refuses.
    pub async fn guest_at<'s>(&self, shop: &'s Shop, email: &str) -> Customer<'s> {
        let guest = shop.guest().await;
        let refused = guest.post("/orders", "the-order", &guests_order(email)).await;
        assert!((400..500).contains(&refused.status), "{refused:?}");
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

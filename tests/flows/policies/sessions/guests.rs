//! Flows of guests.

use bytes::Bytes;
use engines::iam::Grant;
use model::invoke::{Invocation, Invoke};
use serde_json::{Value, json};
use tests::{Customer, Shop};

use super::{Sessions, is_on};

const KEEP_CONTACT: &str = include_str!("../../../../events/keep-contact.json");

impl Sessions {
    /// Starts the session of a guest who leaves this address, as an order does before it holds stock.
    pub async fn guest_at<'s>(&self, shop: &'s Shop, email: &str) -> Customer<'s> {
        let guest = shop.guest().await;
        // An empty shop refuses the order itself, before the address is kept.
        let mut event: Value = serde_json::from_str(KEEP_CONTACT).expect("a sample");
        event["pathParameters"]["user_id"] = guest.user_id.clone().into();
        event["body"] = json!({ "name": "A Guest", "email": email }).to_string().into();
        let payload = Bytes::from(event.to_string());
        let invocation = Invocation { operation: "keep-contact".to_owned(), payload, trace_header: None };
        let answer = shop.cloud().invocations().invoke(invocation).await.expect("the function runs");
        let reply: Value = serde_json::from_slice(&answer.payload).expect("JSON");
        assert_eq!(reply["statusCode"], 200, "{reply}");
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

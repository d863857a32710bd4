//! Webhooks as Stripe sends them, made by a test.

use jiff::Timestamp;
use reqwest::{Client, Request};
use runtime::cloud::Cloud;
use serde_json::{Value, json};

/// Returns an event of Stripe's test mode about a payment.
#[must_use]
pub fn event(id: &str, kind: &str, payment_id: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "livemode": false, "created": 1_790_000_000,
        "data": { "object": { "id": "pi_1", "object": "payment_intent", "metadata": { "payment_id": payment_id } } },
    })
}

/// Returns an event of Stripe's test mode about a dispute, which names nothing of the shop's.
#[must_use]
pub fn of_dispute(id: &str, kind: &str, dispute: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "livemode": false, "created": 1_790_000_000,
        "data": { "object": { "id": dispute, "object": "dispute", "charge": "ch_1", "payment_intent": "pi_1", "metadata": {} } },
    })
}

/// Returns the request that sends an event to a shop's endpoint, signed at a time.
///
/// # Panics
/// Panics if the shop has no endpoint for webhooks.
#[must_use]
pub fn request(cloud: &Cloud, event: &Value, at: Timestamp) -> Request {
    let endpoint = cloud.webhooks().expect("the shop takes webhooks");
    let body = event.to_string();
    let signature = stripe::signature(&endpoint.secret, at, &body);
    let request = Client::new().post(&endpoint.url).header("content-type", "application/json");
    request.header("stripe-signature", signature).body(body).build().expect("a request")
}

//! The resource `/webhooks`: what the payment gateway reports.

pub mod receive_stripe_event;
pub mod rows;
pub mod secrets;
pub mod signature;

pub use receive_stripe_event::receive_stripe_event;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::payments::WebhookRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("receive-stripe-event", receive_stripe_event)
            .refuses_all_but(WebhookRefusal::CODES, &[]),
    ]
}

//! The Lambda function `receive-stripe-event`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::webhooks::receive_stripe_event)
}

//! The Lambda function `relay-payment-events`.

fn main() -> Result<(), edge::Error> {
    edge::stream::run(env!("CARGO_BIN_NAME"), payments::relay_payment_events)
}

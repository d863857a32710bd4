//! The Lambda function `apply-payment-event`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), orders::orders::apply_payment_event)
}

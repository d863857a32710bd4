//! The Lambda function `apply-customer-event`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), orders::orders::apply_customer_event)
}

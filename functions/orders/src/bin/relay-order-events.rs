//! The Lambda function `relay-order-events`.

fn main() -> Result<(), edge::Error> {
    edge::stream::run(env!("CARGO_BIN_NAME"), orders::relay_order_events)
}

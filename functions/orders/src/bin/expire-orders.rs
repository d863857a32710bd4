//! The Lambda function `expire-orders`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), orders::orders::expire_orders)
}

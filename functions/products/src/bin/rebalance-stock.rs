//! The Lambda function `rebalance-stock`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), products::stock::rebalance_stock)
}

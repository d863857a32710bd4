//! The Lambda function `announce-stock`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), products::watches::announce_stock)
}

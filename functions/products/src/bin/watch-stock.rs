//! The Lambda function `watch-stock`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::watches::watch_stock)
}

//! The Lambda function `get-price-history`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::catalogue::get_price_history)
}

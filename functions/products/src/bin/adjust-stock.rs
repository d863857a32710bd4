//! The Lambda function `adjust-stock`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::stock::adjust_stock)
}

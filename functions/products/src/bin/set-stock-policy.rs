//! The Lambda function `set-stock-policy`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::stock::set_stock_policy)
}

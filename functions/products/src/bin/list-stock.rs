//! The Lambda function `list-stock`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::stock::list_stock)
}

//! The Lambda function `list-stock-movements`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::stock::list_stock_movements)
}

//! The Lambda function `list-products`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::catalogue::list_products)
}

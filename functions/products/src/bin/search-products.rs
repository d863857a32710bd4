//! The Lambda function `search-products`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::search::search_products)
}

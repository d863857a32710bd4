//! The Lambda function `find-products`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::catalogue::find_products)
}

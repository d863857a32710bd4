//! The Lambda function `update-product`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::catalogue::update_product)
}

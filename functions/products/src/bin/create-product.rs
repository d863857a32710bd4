//! The Lambda function `create-product`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::catalogue::create_product)
}

//! The Lambda function `show-product`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::catalogue::show_product)
}

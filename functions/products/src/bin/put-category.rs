//! The Lambda function `put-category`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::categories::put_category)
}

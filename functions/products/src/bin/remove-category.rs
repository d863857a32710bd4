//! The Lambda function `remove-category`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::categories::remove_category)
}

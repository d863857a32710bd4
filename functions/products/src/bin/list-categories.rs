//! The Lambda function `list-categories`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::categories::list_categories)
}

//! The Lambda function `list-promotions`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::promotions::list_promotions)
}

//! The Lambda function `list-returns`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::returns::list_returns)
}

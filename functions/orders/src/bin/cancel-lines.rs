//! The Lambda function `cancel-lines`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::orders::cancel_lines)
}

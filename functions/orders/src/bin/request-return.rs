//! The Lambda function `request-return`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::returns::request_return)
}

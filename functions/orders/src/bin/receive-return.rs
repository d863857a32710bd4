//! The Lambda function `receive-return`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::returns::receive_return)
}

//! The Lambda function `declare-withdrawal`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::returns::declare_withdrawal)
}

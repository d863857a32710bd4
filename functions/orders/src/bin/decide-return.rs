//! The Lambda function `decide-return`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::returns::decide_return)
}

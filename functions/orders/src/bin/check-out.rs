//! The Lambda function `check-out`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::orders::check_out)
}

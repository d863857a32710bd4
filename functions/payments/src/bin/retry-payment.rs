//! The Lambda function `retry-payment`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::payments::retry_payment)
}

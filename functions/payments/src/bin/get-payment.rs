//! The Lambda function `get-payment`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::payments::get_payment)
}

//! The Lambda function `get-payment-action`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::payments::get_payment_action)
}

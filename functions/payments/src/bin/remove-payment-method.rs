//! The Lambda function `remove-payment-method`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::methods::remove_payment_method)
}

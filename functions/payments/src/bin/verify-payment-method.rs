//! The Lambda function `verify-payment-method`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::methods::verify_payment_method)
}

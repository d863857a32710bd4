//! The Lambda function `set-up-payment-method`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::methods::set_up_payment_method)
}

//! The Lambda function `list-payment-methods`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::methods::list_payment_methods)
}

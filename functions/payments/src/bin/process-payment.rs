//! The Lambda function `process-payment`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), payments::payments::process_payment)
}

//! The Lambda function `reconcile-payments`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), payments::payments::reconcile_payments)
}

//! The Lambda function `reconcile-payouts`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), payments::payouts::reconcile_payouts)
}

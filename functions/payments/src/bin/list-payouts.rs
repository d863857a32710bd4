//! The Lambda function `list-payouts`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::payouts::list_payouts)
}

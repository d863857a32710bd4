//! The Lambda function `show-ledger`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::ledger::show_ledger)
}

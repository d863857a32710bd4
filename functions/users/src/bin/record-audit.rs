//! The Lambda function `record-audit`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), users::audit::record_audit)
}

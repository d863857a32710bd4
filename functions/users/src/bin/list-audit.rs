//! The Lambda function `list-audit`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::audit::list_audit)
}

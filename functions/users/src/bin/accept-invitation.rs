//! The Lambda function `accept-invitation`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::staff::accept_invitation)
}

//! The Lambda function `rotate-signing-key`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), users::keys::rotate_signing_key)
}

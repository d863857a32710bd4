//! The Lambda function `remove-totp`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::second_factor::remove_totp)
}

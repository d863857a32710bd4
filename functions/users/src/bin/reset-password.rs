//! The Lambda function `reset-password`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::password_resets::reset_password)
}

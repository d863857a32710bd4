//! The Lambda function `request-password-reset`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::password_resets::request_password_reset)
}

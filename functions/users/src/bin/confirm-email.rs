//! The Lambda function `confirm-email`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::accounts::confirm_email)
}

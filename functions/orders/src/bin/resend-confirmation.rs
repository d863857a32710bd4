//! The Lambda function `resend-confirmation`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::orders::resend_confirmation)
}

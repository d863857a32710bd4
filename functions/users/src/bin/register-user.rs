//! The Lambda function `register-user`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::accounts::register_user)
}

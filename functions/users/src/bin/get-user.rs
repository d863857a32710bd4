//! The Lambda function `get-user`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::accounts::get_user)
}

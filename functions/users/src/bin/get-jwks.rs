//! The Lambda function `get-jwks`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::keys::get_jwks)
}

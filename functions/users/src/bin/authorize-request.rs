//! The Lambda function `authorize-request`.

fn main() -> Result<(), edge::Error> {
    edge::authorizer::run(env!("CARGO_BIN_NAME"), users::keys::authorize_request)
}

//! The Lambda function `request-erasure`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::erasure::request_erasure)
}

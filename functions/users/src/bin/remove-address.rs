//! The Lambda function `remove-address`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::addresses::remove_address)
}

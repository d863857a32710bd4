//! The Lambda function `list-addresses`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::addresses::list_addresses)
}

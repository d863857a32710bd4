//! The Lambda function `put-address`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::addresses::put_address)
}

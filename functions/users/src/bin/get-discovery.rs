//! The Lambda function `get-discovery`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::keys::get_discovery)
}

//! The Lambda function `get-import`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::imports::get_import)
}

//! The Lambda function `create-import`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::imports::create_import)
}

//! The Lambda function `export-catalogue`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::imports::export_catalogue)
}

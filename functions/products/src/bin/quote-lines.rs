//! The Lambda function `quote-lines`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::quotes::quote_lines)
}

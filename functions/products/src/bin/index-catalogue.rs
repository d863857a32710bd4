//! The Lambda function `index-catalogue`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), products::search::index_catalogue)
}

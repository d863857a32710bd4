//! The Lambda function `run-import`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), products::imports::run_import)
}

//! The Lambda function `add-note`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::timeline::add_note)
}

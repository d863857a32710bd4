//! The Lambda function `compare-contact`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::guests::compare_contact)
}

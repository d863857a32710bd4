//! The Lambda function `keep-contact`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::guests::keep_contact)
}

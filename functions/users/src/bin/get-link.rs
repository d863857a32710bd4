//! The Lambda function `get-link`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::accounts::get_link)
}

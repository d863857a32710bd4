//! The Lambda function `end-session`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::sessions::end_session)
}

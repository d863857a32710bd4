//! The Lambda function `refresh-session`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::sessions::refresh_session)
}

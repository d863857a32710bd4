//! The Lambda function `list-sessions`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::sessions::list_sessions)
}

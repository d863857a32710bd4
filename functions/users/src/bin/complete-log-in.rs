//! The Lambda function `complete-log-in`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::sessions::complete_log_in)
}

//! The Lambda function `log-in`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::sessions::log_in)
}

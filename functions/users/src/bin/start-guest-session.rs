//! The Lambda function `start-guest-session`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::guests::start_guest_session)
}

//! The Lambda function `relay-user-events`.

fn main() -> Result<(), edge::Error> {
    edge::stream::run(env!("CARGO_BIN_NAME"), users::relay_user_events)
}

//! The Lambda function `relay-events`, which every service that has events runs on its own table.

fn main() -> Result<(), edge::Error> {
    edge::stream::run(env!("CARGO_BIN_NAME"), relay::relay_events)
}

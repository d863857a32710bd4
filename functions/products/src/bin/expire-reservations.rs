//! The Lambda function `expire-reservations`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), products::reservations::expire_reservations)
}

//! The Lambda function `settle-reservation`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), products::reservations::settle_reservation)
}

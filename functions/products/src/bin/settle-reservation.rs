//! The Lambda function `settle-reservation`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run_batches(env!("CARGO_BIN_NAME"), products::reservations::settle_reservation)
}

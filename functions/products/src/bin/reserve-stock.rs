//! The Lambda function `reserve-stock`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::reservations::reserve_stock)
}

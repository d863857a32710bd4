//! The Lambda function `place-order`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::orders::place_order)
}

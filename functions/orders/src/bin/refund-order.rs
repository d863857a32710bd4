//! The Lambda function `refund-order`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::refunds::refund_order)
}

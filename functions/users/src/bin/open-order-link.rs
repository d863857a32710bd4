//! The Lambda function `open-order-link`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::sessions::open_order_link)
}

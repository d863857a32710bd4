//! The Lambda function `update-cart`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::carts::update_cart)
}

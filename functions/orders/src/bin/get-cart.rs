//! The Lambda function `get-cart`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::carts::get_cart)
}

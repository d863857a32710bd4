//! The Lambda function `put-cart-line`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::carts::put_cart_line)
}

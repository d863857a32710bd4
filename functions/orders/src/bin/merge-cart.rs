//! The Lambda function `merge-cart`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::carts::merge_cart)
}

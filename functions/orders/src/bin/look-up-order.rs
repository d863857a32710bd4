//! The Lambda function `look-up-order`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::orders::look_up_order)
}

//! The Lambda function `list-orders`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::list_orders)
}

//! The Lambda function `find-orders`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::orders::find_orders)
}

//! The Lambda function `relay-product-events`.

fn main() -> Result<(), edge::Error> {
    edge::stream::run(env!("CARGO_BIN_NAME"), products::relay_product_events)
}

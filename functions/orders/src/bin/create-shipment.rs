//! The Lambda function `create-shipment`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::shipments::create_shipment)
}

//! The Lambda function `update-shipment`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::shipments::update_shipment)
}

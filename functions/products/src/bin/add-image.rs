//! The Lambda function `add-image`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), products::images::add_image)
}

//! The Lambda function `finish-image`.

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), products::images::finish_image)
}

//! The Lambda function `delete-images`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), products::images::delete_images)
}

//! The Lambda function `put-staff`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::staff::put_staff)
}

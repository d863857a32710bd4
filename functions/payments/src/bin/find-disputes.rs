//! The Lambda function `find-disputes`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), payments::disputes::find_disputes)
}

//! The Lambda function `erase-users`.

fn main() -> Result<(), edge::Error> {
    edge::schedule::run(env!("CARGO_BIN_NAME"), users::erasure::erase_users)
}

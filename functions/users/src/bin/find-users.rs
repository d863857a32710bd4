//! The Lambda function `find-users`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::staff::find_users)
}

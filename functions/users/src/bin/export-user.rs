//! The Lambda function `export-user`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), users::accounts::export_user)
}

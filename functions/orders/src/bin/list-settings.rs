//! The Lambda function `list-settings`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::settings::list_settings)
}

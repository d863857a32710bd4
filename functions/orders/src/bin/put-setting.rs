//! The Lambda function `put-setting`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::settings::put_setting)
}

//! The Lambda function `show-shop`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::settings::show_shop)
}

//! The Lambda function `put-promotion`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::promotions::put_promotion)
}

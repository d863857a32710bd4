//! The Lambda function `get-invoice`.

fn main() -> Result<(), edge::Error> {
    edge::http::run(env!("CARGO_BIN_NAME"), orders::invoices::get_invoice)
}

//! Plays a month of orders with every kind of trouble, for `tests/cloud/recompute.py`.

use std::path::PathBuf;

use clap::Parser;
use tests::month;

/// Plays orders in a shop in memory, while its clock moves from day to day, and writes what the services told each other and what
/// the shop says it has.
#[derive(Parser)]
struct Arguments {
    /// Number of orders.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    orders: u32,
    /// Number of days on which they are placed.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// Folder for the files.
    #[arg(long, default_value = "target/month")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Arguments { orders, days, folder } = Arguments::parse();
    month::play((orders, days), &folder, &mut std::io::stdout()).await
}

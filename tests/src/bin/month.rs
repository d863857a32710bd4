//! Plays a month of orders with every kind of trouble, for `tests/cloud/recompute.py`.

use std::path::PathBuf;

use clap::Parser;
use dev::seed::Wanted;
use jiff::SignedDuration;
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
    /// Whether the money of orders is captured when they are shipped, parcel by parcel, and not at once.
    #[arg(long)]
    capture_on_shipment: bool,
    /// Folder for the files.
    #[arg(long, default_value = "target/month")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Arguments { orders, days, capture_on_shipment, folder } = Arguments::parse();
    let wanted = Wanted { orders, days, from: SignedDuration::ZERO, to_the_end: true, capture_on_shipment };
    month::play(&wanted, &folder, &mut std::io::stdout()).await
}

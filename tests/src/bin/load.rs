//! Measures orders per second, and fails if they decrease or if memory grows with the number of orders.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tests::throughput::{Options, load};

/// Places orders in a shop in memory by concurrent clients. The storm of faults is `sweep load`.
#[derive(Parser)]
struct Arguments {
    /// Number of orders.
    #[arg(long, default_value_t = 5_000)]
    orders: usize,
    /// Number of concurrent requests.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Number of customers, who order in turn.
    #[arg(long, default_value_t = 200)]
    customers: usize,
    /// Number of SKUs, which are ordered in turn.
    #[arg(long, default_value_t = 20)]
    skus: usize,
    /// Folder with the functions' binaries. They are built if it is not given.
    #[arg(long)]
    binaries: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    let Arguments { orders, clients, customers, skus, binaries } = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the package is not in a repository")?
        .to_owned();
    let binaries = match binaries {
        Some(binaries) => binaries,
        None => dev::binaries::build(&root).await?,
    };
    let options = Options { root, binaries, orders, clients, customers, skus };
    let objections = load(&options, &mut std::io::stdout()).await?;
    if objections.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(objections.join("; ").into())
}

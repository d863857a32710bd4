//! Takes the figures of docs/performance.md in one run, and prints them as Markdown tables.

use std::path::Path;

use clap::Parser;
use tests::measure::{Options, build, measure};

/// Measures starts, calls and orders of a shop in memory.
#[derive(Parser)]
struct Arguments {
    /// Number of starts of each function.
    #[arg(long, default_value_t = 101)]
    starts: usize,
    /// Number of orders to time.
    #[arg(long, default_value_t = 101)]
    orders: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Arguments { starts, orders } = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the package is not in a repository")?
        .to_owned();
    let binaries = build(&root).await?;
    measure(&Options { root, binaries, starts, orders }, &mut std::io::stdout()).await
}

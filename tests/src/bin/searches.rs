//! Measures search over a large catalogue, and prints the figures of docs/performance.md as Markdown tables.

use std::path::Path;

use clap::Parser;
use tests::measure::{SearchOptions, build, searches};

/// Fills a shop in memory with products, and measures starts of search-products and searches.
#[derive(Parser)]
struct Arguments {
    /// Number of products, of one to three variants each: 10,000 have 20,000.
    #[arg(long, default_value_t = 10_000)]
    products: u32,
    /// Number of starts.
    #[arg(long, default_value_t = 31)]
    starts: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Arguments { products, starts } = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the package is not in a repository")?
        .to_owned();
    let binaries = build(&root).await?;
    let options = SearchOptions { root, binaries, products, starts };
    searches(&options, &mut std::io::stderr(), &mut std::io::stdout()).await
}

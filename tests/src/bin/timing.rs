//! Measures whether the time of a reply tells who is a customer, and fails if it does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tests::timing::{Options, time};

/// Times requests for known and for unknown addresses in a shop in memory.
#[derive(Parser)]
struct Arguments {
    /// Number of requests of each kind, for known and for unknown addresses.
    #[arg(long, default_value_t = 1_000)]
    requests: usize,
    /// Folder with the functions' binaries. They are built if it is not given.
    #[arg(long)]
    binaries: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    let Arguments { requests, binaries } = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the package is not in a repository")?
        .to_owned();
    let binaries = match binaries {
        Some(binaries) => binaries,
        None => dev::binaries::build(&root).await?,
    };
    let told = time(&Options { root, binaries, requests }, &mut std::io::stdout()).await?;
    if told.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(told.join("; ").into())
}

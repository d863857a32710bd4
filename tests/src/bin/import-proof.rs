//! Imports a large file of products, kills its import, and imports it again (docs/reliability.md).

#![expect(clippy::print_stdout, reason = "it prints its results")]

use clap::Parser;
use tests::proofs::import::{self, Load};

/// Imports a file whose import is killed again and again.
#[derive(Parser)]
struct Arguments {
    /// The rows of the file.
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
    /// The rows that are wrong.
    #[arg(long, default_value_t = 37)]
    wrong: usize,
    /// How often the import is killed.
    #[arg(long, default_value_t = 3)]
    kills: usize,
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let Arguments { rows, wrong, kills } = Arguments::parse();
    println!("{}", import::killed(Load { rows, wrong, kills }).await);
}

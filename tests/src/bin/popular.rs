//! Orders of one SKU, whose row DynamoDB keeps busy (docs/scaling.md).

#![expect(clippy::print_stdout, reason = "it prints its results")]

use std::time::Duration;

use clap::{Parser, ValueEnum};
use tests::proofs::popular::{self, Load};
use tests::proofs::rates::Paced;
use tests::proofs::row::{self, Rows};

/// Places orders of one SKU at a pace that does not wait for replies.
#[derive(Parser)]
struct Arguments {
    /// What to load.
    #[arg(value_enum)]
    what: What,
    /// Orders per second; several loads run one after another.
    #[arg(long, value_delimiter = ',', default_value = "100")]
    rate: Vec<u32>,
    /// How long orders arrive.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// The number of milliseconds that a transaction keeps its rows busy.
    #[arg(long, default_value_t = 8)]
    row_busy: u64,
    /// The number of rows that the stock is spread over; several run one after another.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    shards: Vec<u8>,
    /// The number of pieces of `last`.
    #[arg(long, default_value_t = 300)]
    pieces: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The operations of products alone: what the row can take, or the shards.
    Row,
    /// The same, until the last piece is sold.
    Last,
    /// The whole shop, until every order is confirmed.
    Shop,
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let Arguments { what, rate, seconds, row_busy, shards, pieces } = Arguments::parse();
    let row_busy = Duration::from_millis(row_busy);
    for shards in shards {
        let rows = Rows { shards, busy: row_busy };
        if let What::Last = what {
            let sold = row::last_pieces(pieces, rows).await;
            println!("{shards}: {sold} of {pieces} pieces at the same time, and then the others");
            continue;
        }
        for rate in &rate {
            let paced = Paced::per_second(*rate, seconds);
            if let What::Row = what {
                println!("| {shards} | {rate} {}", row::reservations_of_one_sku(paced, rows).await);
            } else {
                println!("{rate}/s: {}", popular::orders_of_one_sku(Load { paced, row_busy }).await);
            }
        }
    }
}

//! `cargo run --release -p tests --bin load` measures orders per second, and fails if they decrease or if memory grows
//! with the number of orders. (The storm of faults is `--bin sweep load`.)
//!
//! ```text
//! load → a shop in memory, stocked, with customers
//!      → rounds of 500 orders by concurrent clients, each until the shop is at rest
//!      → a row per round, and a verdict
//! ```

mod clients;
mod rounds;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};

use dev::seed;
use runtime::cloud::{Cloud, MAILS};

use crate::measure::{Error, Settings, in_memory, machine, profile, settle};
use clients::Clients;
use rounds::Rounds;

/// What to order.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root of the repository.
    pub root: PathBuf,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The number of orders.
    pub orders: usize,
    /// The number of concurrent requests.
    pub clients: usize,
    /// The number of customers, who order in turn.
    pub customers: usize,
    /// The number of SKUs. Each order has one piece of one of them, in turn.
    pub skus: usize,
}

/// Places the orders in a separate shop in memory, and prints a table as Markdown. Returns why the figures are not
/// acceptable, if so.
///
/// # Errors
/// Fails if a call fails, if an order does not end as a captured payment, or if `out` cannot be written.
pub async fn load<W: Write>(options: &Options, out: &mut W) -> Result<Vec<String>, Error> {
    let settings = Settings { mails: MAILS, schedules: true };
    let work = async |cloud: &Cloud, _: &Path| run(cloud, options, &mut *out).await;
    in_memory(&options.root, &options.binaries, settings, work).await
}

async fn run<W: Write>(cloud: &Cloud, options: &Options, out: &mut W) -> Result<Vec<String>, Error> {
    seed::seed(cloud).await?;
    let mut clients = Clients::open(cloud, options).await?;
    settle(cloud).await?;
    let mut rounds = Rounds::start()?;
    let mut ordered = 0;
    while ordered < options.orders {
        clients.stay_signed_in().await?;
        let orders = rounds::SIZE.min(options.orders - ordered);
        rounds.begin()?;
        clients.order(ordered..ordered + orders).await?;
        settle(cloud).await?;
        rounds.end(orders)?;
        ordered += orders;
    }
    assert_paid(cloud, options.orders).await?;
    writeln!(
        out,
        "Taken on {} on {}, {} build: {} orders by {} clients, for {} customers, of {} SKUs.\n\n{}",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        machine(),
        profile(),
        options.orders,
        options.clients,
        options.customers,
        options.skus,
        rounds.markdown(),
    )?;
    Ok(rounds.objections())
}

/// Checks that every order was paid and that no message was given up.
async fn assert_paid(cloud: &Cloud, orders: usize) -> Result<(), Error> {
    let captured = cloud.payment_gateway().intents().iter().filter(|intent| intent.captured > 0).count();
    if captured != orders {
        return Err(format!("{captured} of {orders} orders were paid").into());
    }
    for depth in cloud.endpoint().queue_depths().await? {
        if depth.total() > 0 {
            return Err(format!("{} messages in {}", depth.total(), depth.name).into());
        }
    }
    Ok(())
}

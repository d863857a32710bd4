//! As many products as a measurement needs, put into a running shop.

use std::io::{IsTerminal, Write};

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::{Duration, Instant};

use super::SeedError;
use super::made_up;
use super::shop::{Keeper, Shop};

/// How many products are put into the shop at a time.
const AT_ONCE: u32 = 8;

/// How often the progress is printed: on a terminal, over the line before.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const IN_A_FILE: Duration = Duration::from_secs(10);

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// How many of the products were in the shop already.
    pub there: u32,
    /// How many were added.
    pub added: u32,
}

/// Fills a shop with the first `products` of those that are made up, in their order. A run that was interrupted is continued where it
/// ended: what is there is found with a few requests. Prints its progress to `out`.
///
/// # Errors
/// A request fails or is rejected, or the progress cannot be printed.
pub async fn fill(url: &str, products: u32, out: &mut (impl Write + IsTerminal)) -> Result<Scale, SeedError> {
    let keeper = Keeper::of(Shop::at(url)).await?;
    let there = first_missing(&keeper, products).await?;
    // The last ones may be there without some of their stock, and some before them may be missing.
    let from = there.saturating_sub(AT_ONCE);
    let mut progress = Progress::of((products, from), "products", out);
    let put = |number| {
        let keeper = &keeper;
        async move { made_up::product(number).offer(keeper).await }
    };
    // In order, so that no more than the last ones are missing if this ends early.
    let at_once = AT_ONCE.try_into().unwrap_or(1);
    let mut put = stream::iter(from..products).map(put).buffered(at_once);
    while put.try_next().await?.is_some() {
        progress.count(1)?;
    }
    progress.end()?;
    Ok(Scale { there, added: products - there })
}

/// Finds the first product that is missing by halving: those before it are there.
async fn first_missing(keeper: &Keeper, products: u32) -> Result<u32, SeedError> {
    let (mut from, mut to) = (0, products);
    while from < to {
        let middle = from + (to - from) / 2;
        match keeper.id_of(&made_up::product(middle).slug).await? {
            Some(_) => from = middle + 1,
            None => to = middle,
        }
    }
    Ok(from)
}

/// The line with the progress.
pub(super) struct Progress<'a, W> {
    what: &'static str,
    wanted: u32,
    done: u32,
    from: u32,
    began: Instant,
    printed: Instant,
    out: &'a mut W,
}

impl<'a, W: Write + IsTerminal> Progress<'a, W> {
    /// Begins with what is done of what is wanted.
    pub(super) fn of((wanted, done): (u32, u32), what: &'static str, out: &'a mut W) -> Self {
        let now = Instant::now();
        Self { what, wanted, done, from: done, began: now, printed: now, out }
    }

    /// Counts what was done, and prints the line if the one before is old enough.
    pub(super) fn count(&mut self, more: u32) -> Result<(), SeedError> {
        self.done += more;
        let interval = if self.out.is_terminal() { ON_TERMINAL } else { IN_A_FILE };
        if self.printed.elapsed() < interval {
            return Ok(());
        }
        self.print()
    }

    /// Prints the last line.
    pub(super) fn end(&mut self) -> Result<(), SeedError> {
        self.print()?;
        if self.out.is_terminal() { writeln!(self.out).map_err(SeedError::Print) } else { Ok(()) }
    }

    fn print(&mut self) -> Result<(), SeedError> {
        self.printed = Instant::now();
        let rate = f64::from(self.done - self.from) / self.began.elapsed().as_secs_f64().max(0.001);
        let line = format!("{} of {} {}, {rate:.0} per second", self.done, self.wanted, self.what);
        let printed = if self.out.is_terminal() {
            write!(self.out, "\r{line}   ").and_then(|()| self.out.flush())
        } else {
            writeln!(self.out, "{line}")
        };
        printed.map_err(SeedError::Print)
    }
}

//! The figures of each round, and the verdict.

use std::time::{Duration, Instant};

use super::usage::{Reader, Usage};
use crate::measure::{Error, markdown};

/// The number of orders per round.
pub(super) const SIZE: usize = 500;

/// The lowest acceptable ratio of the last round's orders per second to those of the second round. The first round
/// warms the shop up.
const LEAST_RATIO: f64 = 0.9;

/// The highest acceptable growth of resident memory per order after the first round, in bytes. An order's rows, its
/// payment at the gateway and the answers that the gateway keeps for a day are data that the shop must not lose.
const MOST_MEMORY: f64 = 32_000.0;

pub(super) struct Rounds {
    reader: Reader,
    began: Instant,
    before: Usage,
    rounds: Vec<Round>,
}

struct Round {
    orders: usize,
    took: Duration,
    laptop: Duration,
    functions: Duration,
    memory: u64,
}

impl Rounds {
    pub(super) fn start() -> Result<Self, Error> {
        let mut reader = Reader::new()?;
        let before = reader.read()?;
        Ok(Self { reader, began: Instant::now(), before, rounds: Vec::new() })
    }

    pub(super) fn begin(&mut self) -> Result<(), Error> {
        self.before = self.reader.read()?;
        self.began = Instant::now();
        Ok(())
    }

    pub(super) fn end(&mut self, orders: usize) -> Result<(), Error> {
        let took = self.began.elapsed();
        let after = self.reader.read()?;
        self.rounds.push(Round {
            orders,
            took,
            laptop: after.laptop.saturating_sub(self.before.laptop),
            functions: after.functions.saturating_sub(self.before.functions),
            memory: after.memory,
        });
        Ok(())
    }

    pub(super) fn markdown(&self) -> String {
        let mut ordered = 0;
        let rows: Vec<Vec<String>> = self
            .rounds
            .iter()
            .map(|round| {
                ordered += round.orders;
                vec![
                    ordered.to_string(),
                    format!("{:.1}", round.per_second()),
                    format!("{:.1}", round.per_order(round.laptop)),
                    format!("{:.1}", round.per_order(round.functions)),
                    format!("{:.1}", in_f64(round.memory) / 1e6),
                ]
            })
            .collect();
        let heads = ["orders", "orders/s", "laptop, ms/order", "functions, ms/order", "resident, MB"];
        let table = markdown(&heads, &rows);
        let orders: usize = self.rounds.iter().map(|round| round.orders).sum();
        let took: Duration = self.rounds.iter().map(|round| round.took).sum();
        let overall = in_f64(orders as u64) / took.as_secs_f64();
        let memory = self.growth().map_or("–".to_owned(), |bytes| format!("{:.1} KB", bytes / 1e3));
        let ratio = self.ratio().map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        format!(
            "{table}\n{overall:.1} orders/s in all, last round ÷ second round: {ratio}, \
             memory per order after the first round: {memory}."
        )
    }

    /// Returns why the figures are not acceptable. Fewer than four rounds are too short for a verdict.
    pub(super) fn objections(&self) -> Vec<String> {
        if self.rounds.len() < 4 {
            return Vec::new();
        }
        let slower = self.ratio().filter(|ratio| *ratio < LEAST_RATIO);
        let slower = slower.map(|ratio| format!("the last orders took longer: {ratio:.2} < {LEAST_RATIO}"));
        let larger = self.growth().filter(|bytes| *bytes > MOST_MEMORY);
        let larger =
            larger.map(|bytes| format!("memory grew by {bytes:.0} bytes per order, not {MOST_MEMORY}"));
        slower.into_iter().chain(larger).collect()
    }

    fn ratio(&self) -> Option<f64> {
        let [_, second, .., last] = self.rounds.as_slice() else { return None };
        Some(last.per_second() / second.per_second())
    }

    fn growth(&self) -> Option<f64> {
        let [first, later @ .., last] = self.rounds.as_slice() else { return None };
        let orders: usize = later.iter().chain([last]).map(|round| round.orders).sum();
        Some((in_f64(last.memory) - in_f64(first.memory)) / in_f64(orders as u64))
    }
}

impl Round {
    fn per_second(&self) -> f64 {
        in_f64(self.orders as u64) / self.took.as_secs_f64()
    }

    /// Milliseconds per order.
    fn per_order(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1_000.0 / in_f64(self.orders as u64)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes, to be printed with one decimal")]
fn in_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(seconds: &[u64], bytes_per_order: u64) -> Rounds {
        let mut rounds = Rounds::start().unwrap();
        for (number, seconds) in seconds.iter().enumerate() {
            rounds.rounds.push(Round {
                orders: SIZE,
                took: Duration::from_secs(*seconds),
                laptop: Duration::from_secs(5),
                functions: Duration::from_secs(1),
                memory: 50_000_000 + bytes_per_order * (number * SIZE) as u64,
            });
        }
        rounds
    }

    #[test]
    fn even_rounds_are_accepted_and_printed() {
        let rounds = rounds(&[20, 10, 10, 10], 10_000);
        assert_eq!(rounds.objections(), Vec::<String>::new());
        let markdown = rounds.markdown();
        assert!(
            markdown
                .contains("| 500    |     25.0 |             10.0 |                 2.0 |         50.0 |"),
            "{markdown}"
        );
        assert!(markdown.contains("40.0 orders/s in all, last round ÷ second round: 1.00"), "{markdown}");
    }

    #[test]
    fn a_last_round_that_takes_longer_is_refused() {
        assert_eq!(rounds(&[20, 10, 10, 12], 0).objections(), ["the last orders took longer: 0.83 < 0.9"]);
    }

    #[test]
    fn memory_that_grows_with_each_order_is_refused() {
        let objections = rounds(&[20, 10, 10, 10], 70_000).objections();
        assert_eq!(objections, ["memory grew by 70000 bytes per order, not 32000"]);
    }
}

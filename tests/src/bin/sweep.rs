//! Runs the proofs of docs/reliability.md in full. A violation ends the program with an error.

use clap::{Parser, ValueEnum};
use tests::Scenario;
use tests::proofs::sweep::{self, Selection};
use tests::proofs::{after_sale, backlog, carts, flood, load, permutations};

/// Plays orders with every fault that can occur.
#[derive(Parser)]
struct Arguments {
    /// Proofs to run; all if none is named.
    #[arg(value_enum)]
    proofs: Vec<Proof>,
    /// The only scenario to play of `calls`, `messages`, `dead-letters` and `pairs`.
    #[arg(long, value_enum)]
    scenario: Option<Scenario>,
    /// The only part to play of these, such as 2/8.
    #[arg(long, value_parser = part)]
    part: Option<(usize, usize)>,
    /// Number of concurrent shops. A run mostly waits, for a client's timeout or for a redelivery.
    #[arg(long, default_value_t = sweep::SHOPS)]
    shops: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Proof {
    /// A fault of every kind at every call of every scenario.
    Calls,
    /// Every message duplicated, delayed, and dropped at first.
    Messages,
    /// Every message as a dead letter that nobody redrives for a day.
    DeadLetters,
    /// Two faults, at every pair of calls of five scenarios.
    Pairs,
    /// 500 orders while AWS throttles, hangs and misdelivers.
    Load,
    /// 500 carts with codes, while prices change and AWS throttles, hangs and misdelivers.
    Carts,
    /// 20,000 orders that are due at once, and 12,000 events that an outage has left.
    Backlog,
    /// 5,000 mails about accounts at once, and one order.
    Flood,
    /// All 2,544 sequences of the events of a paid and cancelled order; and of an order that was shipped, partly returned and refunded
    /// twice, all 5,040 with each event once, and 2,000 with each twice.
    Permutations,
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let Arguments { proofs, scenario, part, shops } = Arguments::parse();
    let selection = Selection { scenario, part, shops };
    let proofs = if proofs.is_empty() { Proof::value_variants() } else { &proofs };
    for proof in proofs {
        match proof {
            Proof::Calls => sweep::every_call(selection).await,
            Proof::Messages => sweep::every_message(selection).await,
            Proof::DeadLetters => sweep::every_dead_letter(selection).await,
            Proof::Pairs => sweep::every_pair(selection).await,
            Proof::Load => load::orders_in_a_storm(500).await,
            Proof::Carts => carts::in_a_storm(500).await,
            Proof::Backlog => {
                backlog::orders_due_at_once(20_000).await;
                backlog::events_left_by_an_outage(12_000).await;
            }
            Proof::Flood => flood::of_account_mails(5_000).await,
            Proof::Permutations => {
                permutations::paid_and_cancelled(1).await;
                after_sale::in_any_sequence(1, 2_000).await;
            }
        }
    }
}

/// Reads a part of a whole, as in `2/8`.
fn part(text: &str) -> Result<(usize, usize), String> {
    let numbers =
        text.split_once('/').and_then(|(place, parts)| Some((place.parse().ok()?, parts.parse().ok()?)));
    let is_part = |&(place, parts): &(usize, usize)| (1..=parts).contains(&place);
    numbers.filter(is_part).ok_or_else(|| format!("{text} is not a part, such as 2/8"))
}

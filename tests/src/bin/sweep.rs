//! Runs the proofs of docs/reliability.md in full. A violation ends the program with an error.

use clap::{Parser, ValueEnum};
use tests::Scenario;
use tests::proofs::{backlog, carts, flood, load, permutations, sweep};

/// Plays orders with every fault that can occur.
#[derive(Parser)]
struct Arguments {
    /// Proofs to run; all if none is named.
    #[arg(value_enum)]
    proofs: Vec<Proof>,
    /// The only scenario to play of `calls`, `messages` and `dead-letters`.
    #[arg(long, value_enum)]
    scenario: Option<Scenario>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Proof {
    /// A fault of every kind at every call of every scenario.
    Calls,
    /// Every message duplicated, delayed, and dropped at first.
    Messages,
    /// Every message as a dead letter that nobody redrives for a day.
    DeadLetters,
    /// Two faults, at every pair of calls.
    Pairs,
    /// 500 orders while AWS throttles, hangs and misdelivers.
    Load,
    /// 500 carts with codes, while prices change and AWS throttles, hangs and misdelivers.
    Carts,
    /// 20,000 orders that are due at once, and 12,000 events that an outage has left.
    Backlog,
    /// 5,000 mails about accounts at once, and one order.
    Flood,
    /// All 2,544 sequences of the events of a paid and cancelled order.
    Permutations,
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let Arguments { proofs, scenario } = Arguments::parse();
    let proofs = if proofs.is_empty() { Proof::value_variants() } else { &proofs };
    for proof in proofs {
        match proof {
            Proof::Calls => sweep::every_call(scenario).await,
            Proof::Messages => sweep::every_message(scenario).await,
            Proof::DeadLetters => sweep::every_dead_letter(scenario).await,
            Proof::Pairs => sweep::every_pair().await,
            Proof::Load => load::orders_in_a_storm(500).await,
            Proof::Carts => carts::in_a_storm(500).await,
            Proof::Backlog => {
                backlog::orders_due_at_once(20_000).await;
                backlog::events_left_by_an_outage(12_000).await;
            }
            Proof::Flood => flood::of_account_mails(5_000).await,
            Proof::Permutations => permutations::paid_and_cancelled(1).await,
        }
    }
}

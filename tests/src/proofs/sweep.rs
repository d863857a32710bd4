//! The crash sweep: a fault at every call of an order, in every scenario.

use std::collections::BTreeMap;

use crate::Scenario;
use crate::sweep::{Baseline, Run, baselines, sweep};
use engines::faults::{Delivery, DeliveryFault, Fault, Site};

/// The number of concurrent shops, unless another is wanted.
pub const SHOPS: usize = 6;

/// The scenarios of which every pair of calls is played: an order that is paid, and what can become of one.
const PAIRED: [Scenario; 5] = [
    Scenario::Happy,
    Scenario::CancelledPaid,
    Scenario::RefundedInParts,
    Scenario::PartlyReturned,
    Scenario::Disputed,
];

/// Returns a run for every call of every scenario and every fault that applies to it.
fn singles(baselines: &BTreeMap<Scenario, Baseline>) -> Vec<Run> {
    let mut runs = Vec::new();
    for (scenario, baseline) in baselines {
        let warm = baseline.calls.iter().map(|site| (site, false));
        for (site, cold) in warm.chain(baseline.cold_calls.iter().map(|site| (site, true))) {
            runs.extend(kinds(&site.action).into_iter().map(|fault| Run {
                faults: vec![(site.clone(), fault)],
                cold,
                ..Run::of(*scenario)
            }));
        }
    }
    runs
}

fn kinds(action: &str) -> Vec<Fault> {
    Fault::ALL.into_iter().filter(|fault| fault.applies_to(action)).collect()
}

/// Returns a run for every message of every scenario and every delivery fault.
fn misdeliveries(baselines: &BTreeMap<Scenario, Baseline>) -> Vec<Run> {
    let mut runs = Vec::new();
    for (scenario, baseline) in baselines {
        for message in &baseline.messages {
            runs.extend(
                DeliveryFault::ALL
                    .map(|fault| Run { deliveries: vec![(message.clone(), fault)], ..Run::of(*scenario) }),
            );
        }
    }
    runs
}

/// Returns a run for every message of every scenario that becomes a dead letter and is redriven a day later. An order
/// whose placement is one cannot take the path on which its money is taken first, its card is declined or its customer is asked, and one
/// that has not heard of its payment is not shipped.
fn unattended(baselines: &BTreeMap<Scenario, Baseline>) -> Vec<Run> {
    let mut runs = Vec::new();
    for (scenario, baseline) in baselines {
        let is_possible = |message: &&Delivery| {
            let needs_the_card =
                matches!(scenario, Scenario::Refunded | Scenario::Retried | Scenario::Authenticated);
            let is_shipped = matches!(
                scenario,
                Scenario::Shipped
                    | Scenario::CapturedInParts
                    | Scenario::LinesCancelled
                    | Scenario::RefundedInParts
                    | Scenario::PartlyReturned
                    | Scenario::RefundReturned
            );
            let needs_the_card = needs_the_card || is_shipped || *scenario == Scenario::Disputed;
            let pays = message.queue == "payment-commands" && needs_the_card;
            let confirms = message.queue == "order-events" && is_shipped;
            message.nth > 1 || !(pays || confirms)
        };
        runs.extend(baseline.messages.iter().filter(is_possible).map(|message| Run {
            deliveries: vec![(message.clone(), DeliveryFault::DeadLettered)],
            unattended: true,
            ..Run::of(*scenario)
        }));
    }
    runs
}

/// Returns a run for every pair of an order's calls, of every scenario that is [paired](PAIRED). The kinds of fault take turns.
fn pairs(baselines: &BTreeMap<Scenario, Baseline>) -> Vec<Run> {
    let mut runs = Vec::new();
    for (scenario, Baseline { calls, .. }) in
        baselines.iter().filter(|(scenario, _)| PAIRED.contains(scenario))
    {
        for (k, first) in calls.iter().enumerate() {
            for (l, second) in calls.iter().enumerate().skip(k + 1) {
                let fault = |site: &Site, turn: usize| {
                    let kinds = kinds(&site.action);
                    (site.clone(), kinds[turn % kinds.len()])
                };
                let faults = vec![fault(first, k + l), fault(second, k + 3 * l + 1)];
                runs.push(Run { faults, ..Run::of(*scenario) });
            }
        }
    }
    runs
}

/// Which runs of a proof are played.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    /// The only scenario; all if none is named.
    pub scenario: Option<Scenario>,
    /// The place of the part among so many parts, from 1; everything if there is none.
    pub part: Option<(usize, usize)>,
    /// The number of concurrent shops.
    pub shops: usize,
}

impl Selection {
    fn of(self, mut runs: Vec<Run>) -> Vec<Run> {
        runs.retain(|run| self.scenario.is_none_or(|scenario| run.scenario == scenario));
        match self.part {
            Some((place, parts)) => runs.into_iter().skip(place - 1).step_by(parts).collect(),
            None => runs,
        }
    }
}

/// Returns about `most` of the runs, evenly spaced. The step is coprime to the number of kinds, which is 3, 6 or 7, so
/// that every kind is played.
fn sample(runs: Vec<Run>, most: usize) -> Vec<Run> {
    let mut step = (runs.len() / most).max(1);
    while [2, 3, 7].iter().any(|factor| step > 1 && step.is_multiple_of(*factor)) {
        step -= 1;
    }
    runs.into_iter().step_by(step).collect()
}

fn calls(baselines: &BTreeMap<Scenario, Baseline>) -> String {
    let counts =
        baselines.iter().map(|(scenario, baseline)| format!("{scenario:?} {}", baseline.calls.len()));
    counts.collect::<Vec<_>>().join(", ")
}

/// Plays the runs, prints the outcome, and fails on any violation. In up to `unfired` percent of the runs a planned
/// fault may not occur, because two deliveries of one function can swap places.
async fn assert_no_trace(
    (shops, unfired): (usize, usize),
    select: impl FnOnce(&BTreeMap<Scenario, Baseline>) -> Vec<Run>,
) {
    let baselines = baselines().await;
    let report = sweep(&baselines, select(&baselines), shops).await;
    println!("calls: {}; {report}", calls(&baselines));
    assert!(report.violations.is_empty(), "{report}");
    assert!(
        report.unfired.len() * 100 <= report.runs * unfired,
        "planned faults did not occur in: {:#?}",
        report.unfired
    );
}

/// Plays a sample of faults and misdeliveries, for `cargo test`.
///
/// # Panics
/// Panics if a fault leaves a trace.
pub async fn sampled() {
    assert_no_trace((SHOPS, 10), |all| {
        let mut runs = sample(singles(all), 30);
        runs.extend(sample(misdeliveries(all), 12));
        runs.extend(sample(unattended(all), 8));
        runs
    })
    .await;
}

/// Plays a fault of every kind at every call of the selected scenarios.
///
/// # Panics
/// Panics if a fault leaves a trace.
pub async fn every_call(selection: Selection) {
    assert_no_trace((selection.shops, 2), |all| selection.of(singles(all))).await;
}

/// Plays every message of the selected scenarios duplicated, delayed, and dropped at first.
///
/// # Panics
/// Panics if a misdelivery leaves a trace.
pub async fn every_message(selection: Selection) {
    assert_no_trace((selection.shops, 2), |all| selection.of(misdeliveries(all))).await;
}

/// Plays every message of the selected scenarios as a dead letter that nobody redrives for a day.
///
/// # Panics
/// Panics if one leaves a trace.
pub async fn every_dead_letter(selection: Selection) {
    assert_no_trace((selection.shops, 2), |all| selection.of(unattended(all))).await;
}

/// Plays two faults at every pair of calls of an order, in the selected scenarios that are paired.
///
/// # Panics
/// Panics if a pair leaves a trace.
pub async fn every_pair(selection: Selection) {
    // After the first fault the second call may no longer be made, or less often.
    assert_no_trace((selection.shops, 50), |all| selection.of(pairs(all))).await;
}

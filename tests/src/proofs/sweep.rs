//! The crash sweep: a fault at every call of an order, on every way that an order can go.

use std::collections::BTreeMap;

use crate::sweep::{Baseline, Run, baselines, sweep};
use crate::{Engines, Scenario};
use engines::faults::{DeliveryFault, Fault, Site};

/// Shops side by side. Most of a run is waiting: for a client's timeout, or for a message to come again.
const SHOPS: usize = 6;

/// As many where all of them wait for the same engine.
const SHOPS_ON_ONE_ENGINE: usize = 3;

/// A fault of every kind that can be, at every call of every scenario.
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

/// Every message of every scenario comes twice, late, and not at first.
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

/// Every pair of calls of the happy order, the kinds of fault taking turns.
fn pairs(happy: &Baseline) -> Vec<Run> {
    let mut runs = Vec::new();
    for (k, first) in happy.calls.iter().enumerate() {
        for (l, second) in happy.calls.iter().enumerate().skip(k + 1) {
            let fault = |site: &Site, turn: usize| {
                let kinds = kinds(&site.action);
                (site.clone(), kinds[turn % kinds.len()])
            };
            let faults = vec![fault(first, k + l), fault(second, k + 3 * l + 1)];
            runs.push(Run { faults, ..Run::of(Scenario::Happy) });
        }
    }
    runs
}

/// So many of the runs, spread evenly over all of them. The step shares no factor with the number of kinds, which is 3, 6 or
/// 7, so that every kind has its turn.
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

/// Plays the runs, says what came of them, and fails when anything was not as it must be. Of so many in a hundred what was
/// planned may not come about: two deliveries of one function may take each other's turn.
async fn leaves_no_trace(tame: usize, select: impl FnOnce(&BTreeMap<Scenario, Baseline>) -> Vec<Run>) {
    let baselines = baselines().await;
    let shops = if Engines::named().are_shared() { SHOPS_ON_ONE_ENGINE } else { SHOPS };
    let report = sweep(&baselines, select(&baselines), shops).await;
    println!("calls: {}; {report}", calls(&baselines));
    assert!(report.violations.is_empty(), "{report}");
    assert!(report.tame.len() * 100 <= report.runs * tame, "nothing went wrong in: {:#?}", report.tame);
}

/// A sample of faults and misdeliveries, as `cargo test` plays it.
///
/// # Panics
/// When a fault leaves a trace.
pub async fn sampled() {
    // Where all shops wait for one engine, a run takes several times as long.
    let (faults, deliveries) = if Engines::named().are_shared() { (10, 6) } else { (30, 12) };
    leaves_no_trace(10, |all| {
        let mut runs = sample(singles(all), faults);
        runs.extend(sample(misdeliveries(all), deliveries));
        runs
    })
    .await;
}

/// A fault of every kind at every call of every scenario.
///
/// # Panics
/// When a fault leaves a trace.
pub async fn every_call() {
    leaves_no_trace(2, singles).await;
}

/// Every message of every scenario twice, late, and lost at first.
///
/// # Panics
/// When a misdelivery leaves a trace.
pub async fn every_message() {
    leaves_no_trace(2, misdeliveries).await;
}

/// Two faults, at every pair of calls of the happy order.
///
/// # Panics
/// When a pair leaves a trace.
pub async fn every_pair() {
    // Behind a first fault the second call may not be made any more, or not so often.
    leaves_no_trace(50, |all| pairs(&all[&Scenario::Happy])).await;
}

//! The crash sweep: a fault at every call of an order, on every way that an order can go.

use std::collections::BTreeMap;

use local::faults::Fault;
use tests::Scenario;
use tests::sweep::{Baseline, Run, baselines, sweep};

/// Shops side by side. Most of a run is waiting: for a client's timeout, or for a message to come again.
const SHOPS: usize = 6;

/// A fault of every kind that can be, at every call of every scenario.
fn singles(baselines: &BTreeMap<Scenario, Baseline>) -> Vec<Run> {
    let mut runs = Vec::new();
    for (scenario, baseline) in baselines {
        for site in &baseline.calls {
            let kinds = Fault::ALL.into_iter().filter(|fault| fault.applies_to(&site.action));
            runs.extend(kinds.map(|fault| Run { scenario: *scenario, faults: vec![(site.clone(), fault)] }));
        }
    }
    runs
}

/// Every pair of calls of the happy order, the kinds of fault taking turns.
fn pairs(happy: &Baseline) -> Vec<Run> {
    let mut runs = Vec::new();
    for (k, first) in happy.calls.iter().enumerate() {
        for (l, second) in happy.calls.iter().enumerate().skip(k + 1) {
            let kind = |turn: usize, action: &str| {
                let kinds: Vec<Fault> =
                    Fault::ALL.into_iter().filter(|fault| fault.applies_to(action)).collect();
                kinds[turn % kinds.len()]
            };
            let first = (first.clone(), kind(k + l, &first.action));
            let second = (second.clone(), kind(k + 3 * l + 1, &second.action));
            runs.push(Run { scenario: Scenario::Happy, faults: vec![first, second] });
        }
    }
    runs
}

/// So many of the runs, spread evenly over all of them.
fn sample(runs: Vec<Run>, most: usize) -> Vec<Run> {
    // A step that shares no factor with the kinds' number, so that every kind and every scenario has its turn.
    let step = (runs.len() / most).max(1) | 1;
    runs.into_iter().step_by(step).take(most).collect()
}

fn calls(baselines: &BTreeMap<Scenario, Baseline>) -> String {
    let counts =
        baselines.iter().map(|(scenario, baseline)| format!("{scenario:?} {}", baseline.calls.len()));
    counts.collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_faults_leaves_no_trace() {
    let baselines = baselines().await;
    let report = sweep(&baselines, sample(singles(&baselines), 36), SHOPS).await;
    println!("calls: {}; {report}", calls(&baselines));
    assert!(report.violations.is_empty(), "{report}");
    assert!(report.fired > 0, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `cargo test --release --test flows -- --ignored --nocapture sweep`"]
async fn a_fault_at_every_call_leaves_no_trace() {
    let baselines = baselines().await;
    let report = sweep(&baselines, singles(&baselines), SHOPS).await;
    println!("calls: {}; {report}", calls(&baselines));
    assert!(report.violations.is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `cargo test --release --test flows -- --ignored --nocapture sweep`"]
async fn two_faults_at_every_pair_of_calls_leave_no_trace() {
    let baselines = baselines().await;
    let report = sweep(&baselines, pairs(&baselines[&Scenario::Happy]), SHOPS).await;
    println!("calls: {}; {report}", calls(&baselines));
    assert!(report.violations.is_empty(), "{report}");
}

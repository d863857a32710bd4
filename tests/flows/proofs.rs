//! A sample of each proof. `cargo run --release -p tests --bin sweep` runs them in full.

use tests::proofs::{load, permutations, sweep};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_faults_leaves_no_trace() {
    sweep::sampled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_orders_survive_a_storm() {
    load::orders_in_a_storm(40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_orders_events_have_one_outcome_in_any_sequence() {
    permutations::paid().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpaid_cancelled_orders_events_have_one_outcome_in_any_sequence() {
    permutations::cancelled_unpaid().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_cancelled_orders_events_have_one_outcome_in_any_sequence() {
    permutations::paid_and_cancelled(29).await;
}

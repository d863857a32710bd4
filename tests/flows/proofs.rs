//! A sample of each proof; the whole of them is `cargo run --release -p tests --bin sweep`.

use tests::proofs::{load, permutations, sweep};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_faults_leaves_no_trace() {
    sweep::sampled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_orders_come_through_a_storm() {
    load::orders_in_a_storm(40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_orders_events_may_come_in_any_order_and_twice() {
    permutations::paid().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpaid_cancelled_orders_events_may_come_in_any_order_and_twice() {
    permutations::cancelled_unpaid().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_cancelled_orders_events_may_come_in_any_order_and_twice() {
    permutations::paid_and_cancelled(29).await;
}

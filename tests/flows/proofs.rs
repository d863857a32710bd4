//! A sample of each proof. `cargo run --release -p tests --bin sweep` runs them in full.

use std::time::Duration;

use tests::proofs::import::{self, Load as File};
use tests::proofs::popular::{self, Load};
use tests::proofs::rates::Paced;
use tests::proofs::row::{self, Rows};
use tests::proofs::{after_sale, backlog, carts, flood, load, permutations, sweep, webhooks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_faults_leaves_no_trace() {
    sweep::sampled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_orders_survive_a_storm() {
    load::orders_in_a_storm(40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_carts_in_a_storm_become_the_orders_that_their_pages_showed() {
    carts::in_a_storm(30).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_orders_at_once_of_a_busy_sku_lose_nothing() {
    let paced = Paced { count: 30, apart: Duration::ZERO };
    let outcome = popular::orders_of_one_sku(Load { paced, row_busy: Duration::from_millis(8) }).await;
    let answers = ["201", "503 busy", "503 temporarily_unavailable"];
    assert!(outcome.replies.keys().all(|reply| answers.contains(&reply.as_str())), "{outcome}");
    assert!(outcome.confirmed > 0, "{outcome}");
}

/// A row that is busy for long, so that the rows are the limit on any machine: one takes two or three of these orders within the two
/// seconds that a request waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_shards_take_eight_times_the_orders_of_one_row() {
    let orders = Paced { count: 64, apart: Duration::ZERO };
    let busy = Duration::from_secs(1);
    let [one, sixteen] = [1, 16].map(|shards| row::reservations_of_one_sku(orders, Rows { shards, busy }));
    let (one, sixteen) = (one.await, sixteen.await);
    assert!(sixteen.reserved >= 8 * one.reserved, "one row: {one}; sixteen: {sixteen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_pieces_are_found_in_sixteen_shards_and_none_is_sold_twice() {
    let sold = row::last_pieces(40, Rows { shards: 16, busy: Duration::from_millis(2) }).await;
    assert!(sold > 0, "{sold}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_after_a_sale_have_one_outcome_in_any_sequence() {
    after_sale::in_any_sequence(211, 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_a_payment_have_one_outcome_in_any_sequence_and_if_some_are_lost() {
    webhooks::in_any_sequence().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_a_dispute_have_one_outcome_in_any_sequence_and_if_some_are_lost() {
    webhooks::of_disputes_in_any_sequence().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_orders_that_are_due_at_once_expire() {
    backlog::orders_due_at_once(500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_events_that_an_outage_has_left_are_sent_and_no_paid_order_expires() {
    backlog::events_left_by_an_outage(500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_a_thousand_account_mails_delays_no_mail_about_an_order() {
    flood::of_account_mails(1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_rows_whose_import_is_killed_three_times_are_there_once() {
    import::killed(File { rows: 1_000, wrong: 7, kills: 3 }).await;
}

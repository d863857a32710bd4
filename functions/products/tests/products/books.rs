//! The stock's counters stay consistent after any operations in any order, including concurrent ones.

use domain::events::OrderEvent;
use domain::stock::ReservationStatus;
use domain::words::hold::{GRACE, HOLD};
use futures::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

const SKUS: [&str; 2] = ["CUP-BLUE", "CUP-RED"];
const ORDERS: u64 = 5;

#[derive(Debug, Clone)]
enum Operation {
    Reserve(u64, Vec<(&'static str, u32)>),
    Confirm(u64),
    Cancel(u64),
    Expire,
    Adjust(&'static str, i64),
    /// Spreads the red cups over so many rows.
    Spread(u8),
    Rebalance,
}

fn operation() -> impl Strategy<Value = Operation> {
    let basket = (proptest::sample::subsequence(SKUS.to_vec(), 1..=2), vec(1u32..6, 2))
        .prop_map(|(skus, quantities)| skus.into_iter().zip(quantities).collect());
    let delta = (-6..9i64).prop_filter("an adjustment is not zero", |delta| *delta != 0);
    prop_oneof![
        4 => (0..ORDERS, basket).prop_map(|(order, basket)| Operation::Reserve(order, basket)),
        2 => (0..ORDERS).prop_map(Operation::Confirm),
        1 => (0..ORDERS).prop_map(Operation::Cancel),
        1 => Just(Operation::Expire),
        1 => (1u8..5).prop_map(Operation::Spread),
        1 => Just(Operation::Rebalance),
        2 => (proptest::sample::select(SKUS.to_vec()), delta).prop_map(|(sku, delta)| Operation::Adjust(sku, delta)),
    ]
}

impl Shop {
    /// Applies an operation. A refusal is not a failure here; only the resulting state counts.
    async fn apply(&self, number: usize, operation: &Operation) {
        let refused = match operation {
            Operation::Reserve(number, of) => self.reserve(order(*number), of).await.err().map(|problem| {
                assert!(problem.status().is_client_error(), "{problem:?}");
                problem.code().to_owned()
            }),
            Operation::Adjust(sku, delta) => {
                self.adjust(sku, *delta, &number.to_string()).await.err().map(|problem| {
                    assert_eq!(problem.code(), "stock_below_zero");
                    problem.code().to_owned()
                })
            }
            Operation::Confirm(number) => {
                self.deliver(&news(OrderEvent::Confirmed, order(*number))).await.err().map(no_reservation)
            }
            Operation::Cancel(number) => {
                self.deliver(&news(OrderEvent::Cancelled, order(*number))).await.err().map(no_reservation)
            }
            Operation::Spread(shards) => {
                let policy = json!({ "low_at": 5, "shards": shards });
                self.set_policy("CUP-RED", policy).await.err().map(|problem| panic!("{problem:?}"))
            }
            Operation::Rebalance => self.rebalance().await.err().map(|failure| panic!("{failure}")),
            Operation::Expire => self.expire(HOLD + GRACE).await.err().map(|failure| panic!("{failure}")),
        };
        tracing::debug!(?operation, refused);
    }

    async fn check(&self) {
        let mut reservations = Vec::new();
        for number in 0..ORDERS {
            reservations.extend(
                self.table
                    .get::<Reservation>(&products::reservations::rows::key(order(number)))
                    .await
                    .unwrap()
                    .map(|found| found.value),
            );
        }
        let pieces = |sku: &str, status| -> u64 {
            let of_status = reservations.iter().filter(|reservation| reservation.status == status);
            let lines =
                of_status.flat_map(|reservation| &reservation.lines).filter(|line| line.sku.as_ref() == sku);
            lines.map(|line| u64::from(line.quantity.into_inner())).sum()
        };
        for sku in SKUS {
            let [_, reserved, sold, _] = self.counters(sku).await;
            assert_eq!(reserved, pieces(sku, ReservationStatus::Held), "{sku} reserved");
            assert_eq!(sold, pieces(sku, ReservationStatus::Committed), "{sku} sold");
        }
    }
}

fn no_reservation(failure: Failure) -> String {
    let text = failure.to_string();
    assert!(text.contains("has no reservation"), "{text}");
    text
}

#[test]
fn concurrent_operations_keep_the_stock_consistent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let rounds = vec(vec(operation(), 1..6), 1..8);
    let ran = runner.run(&rounds, |rounds| {
        runtime.block_on(async {
            let shop = shop_with(12).await;
            shop.set_policy("CUP-RED", json!({ "low_at": 5, "shards": 3 })).await.unwrap();
            for (round, operations) in rounds.iter().enumerate() {
                let numbered = operations.iter().enumerate();
                join_all(numbered.map(|(number, operation)| shop.apply(round * 10 + number, operation)))
                    .await;
                shop.check().await;
            }
        });
        Ok(())
    });
    ran.unwrap();
}

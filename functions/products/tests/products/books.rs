//! The books balance after whatever happens, in whatever order and however much at once.

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
enum Happening {
    Reserve(u64, Vec<(&'static str, u32)>),
    Confirm(u64),
    Cancel(u64),
    Expire,
    Adjust(&'static str, i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let basket = (proptest::sample::subsequence(SKUS.to_vec(), 1..=2), vec(1u32..6, 2))
        .prop_map(|(skus, quantities)| skus.into_iter().zip(quantities).collect());
    let delta = (-6..9i64).prop_filter("a correction is not of nothing", |delta| *delta != 0);
    prop_oneof![
        4 => (0..ORDERS, basket).prop_map(|(order, basket)| Happening::Reserve(order, basket)),
        2 => (0..ORDERS).prop_map(Happening::Confirm),
        1 => (0..ORDERS).prop_map(Happening::Cancel),
        1 => Just(Happening::Expire),
        2 => (proptest::sample::select(SKUS.to_vec()), delta).prop_map(|(sku, delta)| Happening::Adjust(sku, delta)),
    ]
}

impl Shop {
    /// Lets it happen. That the shop refuses is no failure here; what it leaves behind is what counts.
    async fn happens(&self, number: usize, happening: &Happening) {
        let refused = match happening {
            Happening::Reserve(number, of) => self.reserve(order(*number), of).await.err().map(|problem| {
                assert!(problem.status().is_client_error(), "{problem:?}");
                problem.code().to_owned()
            }),
            Happening::Adjust(sku, delta) => {
                self.adjust(sku, *delta, &number.to_string()).await.err().map(|problem| {
                    assert_eq!(problem.code(), "stock_below_zero");
                    problem.code().to_owned()
                })
            }
            Happening::Confirm(number) => {
                self.hear(&news(OrderEvent::Confirmed, order(*number))).await.err().map(told)
            }
            Happening::Cancel(number) => {
                self.hear(&news(OrderEvent::Cancelled, order(*number))).await.err().map(told)
            }
            Happening::Expire => self.expire(HOLD + GRACE).await.err().map(|failure| panic!("{failure}")),
        };
        tracing::debug!(?happening, refused);
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

fn told(failure: Failure) -> String {
    let text = failure.to_string();
    assert!(text.contains("has no reservation"), "{text}");
    text
}

#[test]
fn the_books_balance_whatever_happens_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let rounds = vec(vec(happening(), 1..6), 1..8);
    let ran = runner.run(&rounds, |rounds| {
        runtime.block_on(async {
            let shop = shop_with(12).await;
            for (round, happenings) in rounds.iter().enumerate() {
                let numbered = happenings.iter().enumerate();
                join_all(numbered.map(|(number, happening)| shop.happens(round * 10 + number, happening)))
                    .await;
                shop.check().await;
            }
        });
        Ok(())
    });
    ran.unwrap();
}

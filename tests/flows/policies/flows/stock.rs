//! Flows in which an admin adjusts stock, and in which it runs low, goes to other orders, or is settled late.

use domain::events::{OrderEvent, Queue, ReturnReceived, ReturnedLine};
use domain::words::id::{OrderId, ReturnId, UserId};
use edge::Cause;
use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tests::Reply;

use super::{Flows, SHARDED, SKU, basket, is_on, short};
use crate::policies::trial::{Seen, fire};

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of the functions that count stock.
    pub(super) async fn of_stock(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("adjust-stock", "PutItem") if is_on(grant, "OUTBOX#*") => Seen::Reply(self.adjust_low().await),
            ("adjust-stock", _) => Seen::Reply(self.adjust(key, 1).await),
            ("reserve-stock", "PutItem") if is_on(grant, "OUTBOX#*") => Seen::Reply(self.reserve_low().await),
            ("settle-reservation", "BatchGetItem") if is_on(grant, "RESERVATION#*") => {
                self.settle_together().await;
                Seen::Later
            }
            ("settle-reservation", "BatchGetItem") => {
                self.pay_late().await;
                Seen::Later
            }
            ("settle-reservation", "PutItem") if is_on(grant, "STOCK#*") => {
                self.write_off().await;
                Seen::Later
            }
            ("settle-reservation", "PutItem") if is_on(grant, "OUTBOX#*") => {
                self.lose_reservation().await;
                Seen::Later
            }
            _ => return None,
        })
    }

    /// Lowers the stock until little is left, and then restores it.
    pub(super) async fn run_low(&self) {
        let adjusted = self.adjust_low().await;
        assert!(adjusted.status < 300, "{adjusted:?}");
    }

    /// Lowers the stock until little is left and, if that succeeds, restores it. Returns the reply to the first.
    pub(super) async fn adjust_low(&self) -> Reply {
        let key = self.unique("low");
        let available = self.available().await;
        let lowered = self.adjust(&key, 1 - available).await;
        if lowered.status < 300 {
            self.must_adjust(&format!("{key}-again"), available - 1).await;
        }
        lowered
    }

    /// Reserves the piece after which little is left. Returns the reply to the order.
    pub(super) async fn reserve_low(&self) -> Reply {
        let key = self.unique("low");
        let above = i64::try_from(domain::stock::LOW).expect("a small number") + 1;
        let removed = self.available().await - above;
        self.must_adjust(&format!("{key}-above"), -removed).await;
        let placed = self.place(&key).await;
        self.must_adjust(&format!("{key}-restored"), removed).await;
        placed
    }

    /// Pays an order of which products is notified only after its pieces went to others, so that it loses them.
    pub(super) async fn lose_reservation(&self) {
        let key = self.unique("lost");
        let paused = self.pause_consumer("settle-reservation");
        let placed = self.customer.post("/orders", &key, &basket("pm_card_visa")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        *self.unpaid.borrow_mut() = placed.body;
        self.until_waiting("stock-commands", 1).await;
        self.fire("expire-reservations", self.held_until(SignedDuration::from_mins(31))).await;
        let available = self.available().await;
        self.must_adjust(&format!("{key}-gone"), -available).await;
        self.resume_consumer(&paused);
        self.until(async || self.is_settled().await).await;
        self.must_adjust(&format!("{key}-back"), available).await;
    }

    /// Pays an order of which products is notified only after its reservation was released.
    pub(super) async fn pay_late(&self) {
        let paused = self.pause_consumer("settle-reservation");
        let placed = self.place(&self.unique("late")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        *self.unpaid.borrow_mut() = placed.body;
        self.until_waiting("stock-commands", 1).await;
        self.fire("expire-reservations", self.held_until(SignedDuration::from_mins(31))).await;
        self.resume_consumer(&paused);
    }

    /// Pays two orders of which products is notified in one batch.
    pub(super) async fn settle_together(&self) {
        let paused = self.pause_consumer("settle-reservation");
        for _ in 0..2 {
            let placed = self.place(&self.unique("together")).await;
            assert_eq!(placed.status, 201, "{placed:?}");
        }
        self.until_waiting("stock-commands", 2).await;
        self.resume_consumer(&paused);
    }

    /// Receives a piece of a paid order that cannot be sold again.
    pub(super) async fn write_off(&self) {
        let placed = self.place(&self.unique("returned")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        let order_id: OrderId =
            placed.body["order_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let returned = ReturnReceived {
            order_id,
            user_id: UserId::derived_from(&["goods-in"]),
            number: None,
            refund: None,
            return_id: ReturnId::derived_from(&[&order_id.to_string()]),
            lines: vec![ReturnedLine { sku: SKU.parse().expect("a SKU"), restock: 0, write_off: 1 }],
            received_by: UserId::derived_from(&["goods-in"]),
        };
        let returned =
            Cause::new("goods-in").envelope(OrderEvent::ReturnReceived(returned), Timestamp::now());
        self.shop.send_event(Queue::StockCommands, &returned).await;
    }

    /// Adds the SKU that has shards.
    pub(super) async fn prepare_shards(&self) {
        let variant = json!({ "title": "In shards", "price": { "amount": 100, "currency": "EUR" } });
        let path = format!("{}/variants/{SHARDED}", self.kept_path());
        let added = self.admin.request(Method::PUT, &path).header("if-match", "*").json(&variant);
        assert_eq!(self.shop.send(added).await.status, 201);
        assert_eq!(self.add_shard().await.status, 200);
    }

    /// Spreads its pieces over one shard more.
    pub(super) async fn add_shard(&self) -> Reply {
        let shards = self.shards.get() + 1;
        let path = format!("/admin/catalogue/stock/{SHARDED}");
        let policy = json!({ "low_at": 5, "shards": shards });
        let set = self.admin.request(Method::PUT, &path).header("if-match", "*").json(&policy);
        let set = self.shop.send(set).await;
        if set.status < 300 {
            self.shards.set(shards);
        }
        set
    }

    pub(super) async fn adjust_sharded(&self, key: &str, delta: i64) -> Reply {
        let adjustment = json!({ "delta": delta, "reason": "correction" });
        self.admin.post(&format!("/stock/{SHARDED}/adjustments"), key, &adjustment).await
    }

    async fn available_in_shards(&self) -> i64 {
        let found = self.admin.get(&format!("/admin/catalogue/stock?sku={SHARDED}")).await;
        found.body["items"][0]["level"]["available"].as_i64().expect("a number")
    }

    /// Waits for the SKU that has shards, of which every piece is taken before.
    pub(super) async fn watch_sharded(&self) -> Reply {
        let available = self.available_in_shards().await;
        if available > 0 {
            let adjusted = self.adjust_sharded(&self.unique("gone"), -available).await;
            assert!(adjusted.status < 300, "{adjusted:?}");
        }
        let left = self.put_watch(SHARDED, false).await;
        assert!(left.status < 300, "{left:?}");
        self.put_watch(SHARDED, true).await
    }

    /// Announces the SKU that has shards.
    pub(super) async fn announce_sharded(&self) -> Seen {
        let watched = self.watch_sharded().await;
        assert!(watched.status < 300, "{watched:?}");
        let adjusted = self.adjust_sharded(&self.unique("back"), 1).await;
        assert!(adjusted.status < 300, "{adjusted:?}");
        self.fire("announce-stock", Timestamp::now()).await
    }

    /// Counts a SKU that has enough, and then one that runs low: each run remembers what it has found.
    pub(super) async fn rebalance(&self) -> Seen {
        let key = self.unique("rebalanced");
        let available = self.available_in_shards().await;
        let mut outcome = Ok(());
        for (step, delta) in [("enough", 200), ("low", -196 - available)] {
            let adjusted = self.adjust_sharded(&format!("{key}-{step}"), delta).await;
            assert!(adjusted.status < 300, "{adjusted:?}");
            outcome = outcome.and(fire(self.shop, "rebalance-stock", Timestamp::now()).await);
        }
        Seen::Run(outcome)
    }

    /// Returns whether the reservation of the order that was placed last is lost, or its settlement was denied.
    async fn is_settled(&self) -> bool {
        let order = self.unpaid.borrow()["order_id"].clone();
        let reservations = self.shop.rows("products", "reservation").await;
        let is_lost = |row: &Value| row["order_id"]["S"] == order && row["status"]["S"] == "lost";
        reservations.iter().any(is_lost) || !self.shop.cloud().policies().denials().borrow().is_empty()
    }

    pub(super) async fn adjust(&self, key: &str, delta: i64) -> Reply {
        let adjustment = json!({ "delta": delta, "reason": "correction" });
        self.admin.post(&format!("/stock/{SKU}/adjustments"), key, &adjustment).await
    }

    async fn available(&self) -> i64 {
        let stock = self.shop.rows("products", "stock").await;
        let row = stock.iter().find(|row| row["sku"]["S"] == SKU).expect("the SKU");
        row["available"]["N"].as_str().and_then(|n| n.parse().ok()).expect("a number")
    }

    pub(super) async fn must_adjust(&self, key: &str, delta: i64) {
        let adjusted = self.adjust(key, delta).await;
        assert!(adjusted.status < 300, "{adjusted:?}");
    }
}

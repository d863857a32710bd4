//! What is posted of payouts, and what a person has to look at.

use domain::payments::GatewayId;
use domain::payments::ledger::{Account, Posting, balance};
use domain::payments::payouts::{
    BalanceTransaction, Mismatch, MismatchReason, Movement, Payout, PayoutReport,
};
use domain::words::money::Currency;
use edge::queue::Failure;
use edge::schedule::Tick;
use edge::{Admin, Call, Cause, List, NoBody};
use jiff::{SignedDuration, Timestamp};
use payments::gateway::Gateway;
use payments::gateway::payouts::{FoundPayout, PayoutStage};
use payments::payouts::list_payouts::PayoutView;
use payments::payouts::reconcile_payouts::AT_ONCE;
use payments::payouts::rows::key;
use payments::payouts::{list_payouts, reconcile_payouts};
use serde_json::Value;
use store::{Index, Query};
use telemetry::Published;

use crate::fixture::bank::{Moment, PaidOut};
use crate::fixture::{Shop, granted, later, now, payment_id, placed, refund_id, user};

fn named(name: impl Into<String>) -> GatewayId {
    GatewayId::try_new(name).unwrap()
}

fn moved(number: usize, movement: Movement, amount: i64, fee: i64) -> BalanceTransaction {
    let (payment_id, intent) = (Some(payment_id()), Some(named("pi_0")));
    BalanceTransaction { gateway: named(format!("txn_{number}")), movement, payment_id, intent, amount, fee }
}

/// A payout of these transactions, made so many minutes after the order.
fn payout(name: &str, minutes: i64, transactions: Vec<BalanceTransaction>) -> PaidOut {
    let amount = transactions.iter().map(|moved| moved.amount - moved.fee).sum();
    let report = PayoutReport { gateway: named(name), amount, currency: Currency::EUR, is_itemised: true };
    let found = FoundPayout { report, stage: PayoutStage::Paid, created_at: later(minutes) };
    PaidOut { found, transactions }
}

/// The payout of a payment of 3690, of which 1305 were refunded.
fn of_the_payment() -> PaidOut {
    let refund = moved(2, Movement::Refund(Some(refund_id(1))), -1_305, 0);
    payout("po_1", 60, vec![moved(1, Movement::Charge, 3_690, 80), refund])
}

/// A shop whose one payment was refunded in part.
async fn paid() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop.hear(&granted(1, 1_305)).await.unwrap();
    shop
}

impl Shop {
    async fn reconcile_payouts_at(&self, now: Timestamp) -> Result<(), Failure> {
        let tick = Tick::new(now, Cause::new("schedule"));
        reconcile_payouts((self.payments.clone(), Gateway::new(self.bank.clone())), tick).await
    }

    async fn reconcile_payouts(&self) -> Result<(), Failure> {
        self.reconcile_payouts_at(later(90)).await
    }

    async fn rows_of_payout(&self, name: &str, kind: &str) -> Vec<Value> {
        let rows = Query::new(Index::Table, format!("PAYOUT#{name}")).limit(u8::MAX);
        let found = self.table.query::<Value>(&rows).await.unwrap().items;
        found.into_iter().map(|row| row.value).filter(|row| row["row"] == kind).collect()
    }

    async fn postings_of_payout(&self, name: &str) -> Vec<Posting> {
        let rows = self.rows_of_payout(name, "payout_posting").await;
        rows.into_iter().map(|row| serde_json::from_value(row).unwrap()).collect()
    }

    async fn mismatches_of(&self, name: &str) -> Vec<MismatchReason> {
        let rows = self.rows_of_payout(name, "payout_mismatch").await;
        rows.into_iter().map(|row| serde_json::from_value::<Mismatch>(row).unwrap().reason).collect()
    }

    async fn payout(&self, name: &str) -> Option<Payout> {
        let found = self.table.get::<Payout>(&key(&named(name))).await.unwrap();
        found.map(|found| found.value)
    }

    /// Lists payouts, as an admin does.
    async fn listed(&self, query: &str) -> List<PayoutView> {
        let call = Call::new(Admin(user(9, true)), NoBody, now()).with_query(query).unwrap();
        list_payouts(self.payments.clone(), call).await.unwrap().body().unwrap().clone()
    }

    async fn banked(&self, name: &str) -> i128 {
        balance(Account::Bank, &self.postings_of_payout(name).await)
    }
}

#[tokio::test]
async fn a_payout_is_posted_once_and_nothing_stays_receivable() {
    let shop = paid().await;
    shop.bank.pays_out(of_the_payment());
    for _ in 0..2 {
        shop.reconcile_payouts().await.unwrap();
        let mut postings = shop.postings_of_payout("po_1").await;
        assert_eq!(postings.len(), 1);
        postings.extend(shop.postings().await);
        let balances = [Account::Bank, Account::GatewayFees, Account::GatewayReceivable]
            .map(|account| balance(account, &postings));
        assert_eq!(balances, [2_305, 80, 0]);
        assert_eq!(shop.mismatches_of("po_1").await, []);
    }
    assert!(shop.payout("po_1").await.unwrap().is_complete());
}

#[tokio::test]
async fn a_charge_that_is_not_the_shops_is_counted_once() {
    let shop = paid().await;
    let mut paid_out = of_the_payment();
    let foreign = BalanceTransaction { payment_id: None, ..moved(3, Movement::Charge, 500, 0) };
    paid_out.found.report.amount += 500;
    paid_out.transactions.push(foreign);
    shop.bank.pays_out(paid_out);
    let published = Published::from_now();
    shop.reconcile_payouts().await.unwrap();
    assert_eq!(published.take(), ["PayoutMismatch=1"]);
    shop.reconcile_payouts().await.unwrap();
    assert!(published.take().is_empty());
    assert_eq!(shop.mismatches_of("po_1").await, [MismatchReason::NotOurs]);
    assert_eq!(shop.banked("po_1").await, 2_805, "the bank has it all the same");
}

#[tokio::test]
async fn a_payout_of_many_transactions_is_posted_in_parts_whatever_breaks() {
    let many: Vec<BalanceTransaction> = (0..2 * AT_ONCE + 5)
        .map(|number| BalanceTransaction { payment_id: None, ..moved(number, Movement::Charge, 10, 1) })
        .collect();
    let total: i128 = 9 * i128::try_from(many.len()).unwrap();
    // Of the calls of a run, each is lost once, and then its answer.
    for nth in 1..=4 {
        for moment in [Moment::Before, Moment::After] {
            let shop = Shop::open().await;
            shop.bank.pays_out(payout("po_1", 60, many.clone()));
            shop.bank.cut(nth, moment);
            assert!(shop.reconcile_payouts().await.is_err(), "{nth} {moment:?}");
            shop.reconcile_payouts().await.unwrap();
            let postings = shop.postings_of_payout("po_1").await;
            assert_eq!((postings.len(), shop.banked("po_1").await), (3, total), "{nth} {moment:?}");
            let payout = shop.payout("po_1").await.unwrap();
            assert!(payout.is_complete());
            assert_eq!(payout.mismatches, many.len() as u64);
        }
    }
}

#[tokio::test]
async fn two_runs_at_once_post_a_payout_once() {
    let shop = paid().await;
    shop.bank.pays_out(of_the_payment());
    let (one, other) = tokio::join!(shop.reconcile_payouts(), shop.reconcile_payouts());
    one.unwrap();
    other.unwrap();
    assert_eq!(shop.banked("po_1").await, 2_305);
    assert_eq!(shop.postings_of_payout("po_1").await.len(), 1);
}

#[tokio::test]
async fn a_payout_that_is_underway_is_posted_once_it_has_arrived_and_delays_no_other() {
    let shop = paid().await;
    let mut slow = payout("po_0", 30, vec![moved(9, Movement::Fee, -150, 0)]);
    slow.found.stage = PayoutStage::Underway;
    shop.bank.pays_out(slow.clone());
    shop.bank.pays_out(of_the_payment());
    shop.reconcile_payouts().await.unwrap();
    assert_eq!((shop.payout("po_0").await, shop.banked("po_1").await), (None, 2_305));
    slow.found.stage = PayoutStage::Paid;
    shop.bank.pays_out(slow);
    shop.reconcile_payouts().await.unwrap();
    assert_eq!((shop.banked("po_0").await, shop.banked("po_1").await), (-150, 2_305));
}

#[tokio::test]
async fn a_payout_that_failed_is_not_posted_and_not_looked_for_again() {
    let shop = paid().await;
    let mut failed = of_the_payment();
    failed.found.stage = PayoutStage::Failed;
    shop.bank.pays_out(failed);
    let after = |days: i64| now() + SignedDuration::from_hours(24 * days);
    shop.reconcile_payouts_at(after(2)).await.unwrap();
    assert_eq!(shop.payout("po_1").await, None);
    shop.bank.pays_out(of_the_payment());
    shop.reconcile_payouts_at(after(3)).await.unwrap();
    assert_eq!(shop.payout("po_1").await, None, "every payout of that day was done");
}

#[tokio::test]
async fn a_payout_that_was_ordered_by_hand_is_posted_as_one_sum() {
    let shop = paid().await;
    let mut by_hand = of_the_payment();
    by_hand.found.report.is_itemised = false;
    by_hand.transactions = Vec::new();
    shop.bank.pays_out(by_hand);
    shop.reconcile_payouts().await.unwrap();
    assert_eq!(shop.banked("po_1").await, 2_305);
    assert_eq!(shop.mismatches_of("po_1").await, []);
}

#[tokio::test]
async fn the_first_run_looks_back_for_weeks() {
    let shop = paid().await;
    shop.bank.pays_out(of_the_payment());
    shop.reconcile_payouts_at(now() + SignedDuration::from_hours(39 * 24)).await.unwrap();
    assert_eq!(shop.banked("po_1").await, 2_305);
}

#[tokio::test]
async fn payouts_are_listed_newest_first_with_how_much_does_not_match() {
    let shop = paid().await;
    let foreign = BalanceTransaction { payment_id: None, ..moved(3, Movement::Charge, 500, 0) };
    let mut other = payout("po_2", 100, vec![foreign]);
    other.found.report.amount = 500;
    shop.bank.pays_out(of_the_payment());
    shop.reconcile_payouts_at(later(90)).await.unwrap();
    shop.bank.pays_out(other);
    shop.reconcile_payouts_at(later(150)).await.unwrap();
    let all = shop.listed("").await;
    let seen: Vec<_> =
        all.items.iter().map(|one| (one.gateway_id.as_str(), one.amount, one.mismatches)).collect();
    assert_eq!(seen, [("po_2", 500, 1), ("po_1", 2_305, 0)]);
    assert!(all.items.iter().all(|one| one.completed_at.is_some()));
    let first = shop.listed("limit=1").await;
    let cursor = first.next_cursor.unwrap();
    assert_eq!(shop.listed(&format!("limit=1&cursor={cursor}")).await.items, all.items[1..]);
}

#[tokio::test]
async fn reconcile_payouts_keeps_to_its_budget() {
    let shop = paid().await;
    let used = || shop.engine.used();
    used();
    shop.reconcile_payouts().await.unwrap();
    assert_eq!(used(), "2 read, 1 written: 2 GetItem, PutItem", "the first run");
    shop.reconcile_payouts_at(later(150)).await.unwrap();
    assert_eq!(used(), "2 read, 1 written: 2 GetItem, PutItem", "nothing was paid out");
    shop.bank.pays_out(of_the_payment());
    shop.reconcile_payouts_at(later(210)).await.unwrap();
    assert_eq!(
        used(),
        "4 read, 7 written: BatchGetItem, 3 GetItem, PutItem, TransactWriteItems",
        "a payout of one payment"
    );
    shop.reconcile_payouts_at(later(270)).await.unwrap();
    assert_eq!(used(), "3 read, 1 written: 3 GetItem, PutItem", "the last one again");
    shop.listed("").await;
    assert_eq!(used(), "1.5 read, 0 written: BatchGetItem, Query", "list-payouts: one");
}

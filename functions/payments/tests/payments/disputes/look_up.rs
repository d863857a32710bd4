//! What `process-payment` and `reconcile-payments` learn of disputes.

use domain::payments::ledger::{Account, balance};
use domain::payments::{DisputeStatus, Payment, PaymentStatus};
use jiff::Timestamp;
use serde_json::Value;
use telemetry::Published;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, cancelled, dispute_reported, eur, granted, later, placed};

const PRICE: i64 = 3_690;
const FEE: i64 = 2_000;

async fn paid() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop
}

/// The events of disputes and refunds, by their types: those of one moment are in no order.
async fn told(shop: &Shop) -> Vec<String> {
    let events = shop.events().await.into_iter();
    let kinds = events.map(|event| event["type"].as_str().unwrap().trim_start_matches("bodega.").to_owned());
    let mut kinds: Vec<String> =
        kinds.filter(|kind| kind.starts_with("dispute") || kind.starts_with("refund")).collect();
    kinds.sort();
    kinds
}

/// Asserts that the ledger holds what the bank does, and returns the payment.
async fn assert_agreed(shop: &Shop, case: &str) -> Payment {
    let postings = shop.postings().await;
    assert!(postings.iter().all(|posting| posting.balances() == Ok(true)), "{case}");
    let receivable = balance(Account::GatewayReceivable, &postings);
    assert_eq!(receivable, i128::from(shop.bank.holds()), "{case}: {postings:?}");
    let payment = shop.payment().await;
    assert_eq!(
        balance(Account::DisputeLosses, &postings),
        i128::from(payment.lost().amount()),
        "{case}: {payment:?}"
    );
    payment
}

#[tokio::test]
async fn a_dispute_is_recorded_once_however_often_it_is_reported() {
    for (wins, status, holds) in [(true, DisputeStatus::Won, PRICE - FEE), (false, DisputeStatus::Lost, -FEE)]
    {
        let shop = paid().await;
        shop.bank.disputed(1, PRICE);
        let published = Published::from_now();
        for number in [1, 1, 2] {
            shop.hear(&dispute_reported(number, "dp_1")).await.unwrap();
        }
        assert_eq!(published.take(), ["DisputesOpened=1"]);
        let payment = assert_agreed(&shop, "open").await;
        assert!(payment.is_disputed());
        assert_eq!(told(&shop).await, ["dispute.opened.v1"]);
        shop.bank.decides(1, wins);
        for number in [3, 4, 4, 1] {
            shop.hear(&dispute_reported(number, "dp_1")).await.unwrap();
        }
        let payment = assert_agreed(&shop, "closed").await;
        assert_eq!((payment.disputes[0].status, shop.bank.holds()), (status, holds));
        assert_eq!((payment.status, payment.due()), (PaymentStatus::Captured, None));
        assert_eq!(told(&shop).await, ["dispute.closed.v1", "dispute.opened.v1"]);
        assert_eq!(shop.postings().await.len(), 3);
    }
}

#[tokio::test]
async fn a_dispute_of_which_only_the_end_is_heard_has_its_beginning_in_the_books() {
    let shop = paid().await;
    shop.bank.disputed(1, PRICE);
    shop.bank.decides(1, false);
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    assert_agreed(&shop, "lost").await;
    assert_eq!(told(&shop).await, ["dispute.closed.v1", "dispute.opened.v1"]);
    assert_eq!(shop.postings().await.len(), 3);
}

#[tokio::test]
async fn without_any_report_the_schedule_ends_the_same() {
    let shop = paid().await;
    shop.bank.disputed(1, PRICE);
    shop.reconcile_at(later(30)).await.unwrap();
    assert!(told(&shop).await.is_empty(), "it looks once an hour");
    shop.reconcile_at(later(60)).await.unwrap();
    assert_agreed(&shop, "open").await;
    assert_eq!(told(&shop).await, ["dispute.opened.v1"]);
    shop.bank.decides(1, false);
    let asked = shop.bank.asked().len();
    shop.reconcile_at(later(60 + 11 * 60 + 30)).await.unwrap();
    assert_eq!(shop.bank.asked().len(), asked, "banks take their time");
    shop.reconcile_at(later(60 + 12 * 60 + 5)).await.unwrap();
    assert_eq!(shop.bank.asked()[asked..], [Asked::Dispute]);
    assert_agreed(&shop, "lost").await;
    assert_eq!(told(&shop).await, ["dispute.closed.v1", "dispute.opened.v1"]);
}

#[tokio::test]
async fn a_dispute_that_stays_open_is_looked_up_twice_a_day() {
    let shop = paid().await;
    shop.bank.disputed(1, PRICE);
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    let asked = shop.bank.asked().len();
    for hours in 1..=48 {
        shop.reconcile_at(later(hours * 60 + 30)).await.unwrap();
    }
    assert_eq!(shop.bank.asked()[asked..], [Asked::Dispute; 3], "and each time half an hour later");
}

#[tokio::test]
async fn a_refund_waits_for_the_end_of_a_dispute() {
    let rest = |wins: bool| if wins { PRICE - 1_305 - FEE } else { -FEE };
    for wins in [true, false] {
        let shop = paid().await;
        shop.bank.disputed(1, PRICE);
        shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
        shop.hear(&granted(1, 1_305)).await.unwrap();
        assert_eq!(shop.bank.refunds(), 0);
        shop.bank.decides(1, wins);
        let published = Published::from_now();
        shop.hear(&dispute_reported(2, "dp_1")).await.unwrap();
        assert_eq!((shop.bank.refunds(), shop.bank.holds()), (usize::from(wins), rest(wins)));
        assert!(published.take().is_empty(), "nobody is owed anything");
        assert_agreed(&shop, "closed").await;
        let last = if wins { "refund.succeeded.v1" } else { "refund.failed.v1" };
        assert_eq!(told(&shop).await, ["dispute.closed.v1", "dispute.opened.v1", last]);
    }
}

/// The gateway refuses the refund before the shop has heard of the dispute, with any answer lost.
#[tokio::test]
async fn a_refund_that_a_dispute_overtakes_waits_and_is_made_once() {
    for wins in [true, false] {
        for nth in 0..=3 {
            let case = format!("won: {wins}, answer {nth} lost");
            let shop = paid().await;
            shop.bank.disputed(1, PRICE);
            if nth > 0 {
                shop.bank.cut(nth, Moment::After);
            }
            for _ in 0..3 {
                shop.hear(&granted(1, 1_305)).await.ok();
            }
            assert_eq!(shop.bank.refunds(), 0, "{case}");
            assert!(assert_agreed(&shop, &case).await.is_disputed(), "{case}");
            shop.bank.decides(1, wins);
            shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
            let payment = assert_agreed(&shop, &case).await;
            assert_eq!((shop.bank.refunds(), payment.due()), (usize::from(wins), None), "{case}");
        }
    }
}

#[tokio::test]
async fn an_order_that_ends_while_it_is_disputed_holds_nothing_in_the_end() {
    for wins in [true, false] {
        let shop = paid().await;
        shop.bank.disputed(1, PRICE);
        shop.hear(&cancelled()).await.unwrap();
        assert_eq!(shop.bank.refunds(), 0, "the gateway refuses");
        shop.bank.decides(1, wins);
        shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
        let payment = assert_agreed(&shop, "ended").await;
        assert_eq!((shop.bank.holds(), payment.due()), (-FEE, None), "the fee is lost either way");
    }
}

#[tokio::test]
async fn an_inquiry_takes_nothing_and_is_no_obstacle_to_a_refund() {
    let shop = paid().await;
    shop.bank.asks(1, PRICE);
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    assert_eq!(assert_agreed(&shop, "asked").await.disputes[0].status, DisputeStatus::Inquiry);
    shop.hear(&granted(1, 1_305)).await.unwrap();
    assert_eq!((shop.bank.refunds(), told(&shop).await), (1, vec!["refund.succeeded.v1".to_owned()]));
}

#[tokio::test]
async fn a_dispute_that_the_gateway_does_not_know_is_ignored() {
    let shop = paid().await;
    shop.hear(&dispute_reported(1, "dp_9")).await.unwrap();
    assert!(shop.payment().await.disputes.is_empty());
}

#[tokio::test]
async fn the_dispute_has_a_row_of_its_own_while_the_payment_decides() {
    let shop = paid().await;
    shop.bank.disputed(1, PRICE);
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    let open = row(&shop).await;
    let due: Timestamp = "2026-12-02T10:00:00Z".parse().unwrap();
    let id = shop.payment().await.disputes[0].dispute_id;
    assert_eq!((&open["gsi1pk"], &open["gsi1sk"]), (&"DISPUTES".into(), &format!("{due:.3}#{id}").into()));
    assert_eq!((&open["status"], &open["amount"]["amount"]), (&"open".into(), &PRICE.into()));
    shop.bank.decides(1, false);
    shop.hear(&dispute_reported(2, "dp_1")).await.unwrap();
    let closed = row(&shop).await;
    assert_eq!((&closed["status"], closed.get("gsi1pk")), (&"lost".into(), None));
    assert_eq!(shop.payment().await.lost(), eur(PRICE));
}

async fn row(shop: &Shop) -> Value {
    let partition = format!("PAYMENT#{}", crate::fixture::payment_id());
    let rows = store::Query::new(store::Index::Table, partition).prefix("DISPUTE#");
    let mut found = shop.table.query::<Value>(&rows).await.unwrap().items;
    assert_eq!(found.len(), 1);
    found.remove(0).value
}

#[tokio::test]
async fn looking_a_dispute_up_keeps_to_its_budget() {
    let shop = paid().await;
    shop.bank.disputed(1, PRICE);
    let used = || shop.engine.used();
    used();
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    assert_eq!(used(), "2 read, 13 written: 2 GetItem, TransactWriteItems", "opened");
    shop.hear(&dispute_reported(2, "dp_1")).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "nothing new");
    shop.bank.decides(1, false);
    shop.hear(&dispute_reported(3, "dp_1")).await.unwrap();
    assert_eq!(used(), "2 read, 13 written: 2 GetItem, TransactWriteItems", "lost");
}

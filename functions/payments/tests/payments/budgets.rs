//! What each operation may cost, in DynamoDB's read and write units. A change here is a change of the bill.

use domain::payment::Payment;
use edge::{Call, NoBody};
use local::aws::{Principal, Usage};
use payments::get_payment;

use crate::fixture::bank::Moment;
use crate::fixture::{Shop, cancelled, later, now, order_id, placed, user};

/// What has been used since it was last asked: read units and write units.
fn used(shop: &Shop) -> (f64, f64) {
    let reading = shop.engine.endpoint().meter().reset();
    let actions = reading.by_principal.get(&Principal::Operator).cloned().unwrap_or_default();
    let sum = |units: fn(&Usage) -> f64| actions.values().map(units).sum();
    (sum(|usage| usage.read_units), sum(|usage| usage.write_units))
}

#[tokio::test]
async fn process_payment_keeps_to_its_budget() {
    let shop = Shop::open().await;
    used(&shop);
    let start = placed("pm_card_visa");
    shop.hear(&start).await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "captured");
    shop.hear(&start).await.unwrap();
    assert_eq!(used(&shop), (1.0, 0.0), "once more: it is there");
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "given back");

    let shop = Shop::open().await;
    used(&shop);
    shop.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "declined");
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "voided");

    let shop = Shop::open().await;
    used(&shop);
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "voided before it was begun");
}

#[tokio::test]
async fn reconcile_payments_keeps_to_its_budget() {
    let shop = Shop::open().await;
    used(&shop);
    shop.reconcile().await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "nothing left: a query a shard");

    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    used(&shop);
    shop.reconcile_at(later(10)).await.unwrap();
    assert_eq!(used(&shop), (0.0, 0.0), "one captured");
}

#[tokio::test]
async fn get_payment_keeps_to_its_budget() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    used(&shop);
    let call = Call::new(user(1, false), NoBody, now()).with_path("payment_id", Payment::id_of(order_id()));
    get_payment(shop.payments.clone(), call).await.unwrap();
    assert_eq!(used(&shop), (1.0, 0.0));
}

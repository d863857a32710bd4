//! `refund-order`, and what payments tell of refunds.

use domain::events::{RefundFailed, RefundSucceeded};
use domain::orders::PaymentState;
use domain::orders::refunds::{OrderRefund, RefundRequest, RefundStatus};
use domain::words::id::RefundId;
use domain::words::person::Role;
use edge::{Problem, Staff};
use orders::orders::view::OrderView;
use orders::refunds::refund_order;
use serde_json::{Value, json};

use crate::shipments::{code, paid};
use crate::*;

pub fn staff() -> SignedIn {
    SignedIn { roles: vec![Role::Staff], ..signed_in(9) }
}

fn admin() -> SignedIn {
    SignedIn { roles: vec![Role::Admin], ..signed_in(8) }
}

pub async fn refund(
    shelf: &Shelf,
    order: &Order,
    key: &str,
    who: SignedIn,
    what: Value,
) -> Result<OrderRefund, Problem> {
    let mut body = json!({ "reason": "It was chipped." });
    body.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    let body: RefundRequest = serde_json::from_value(body).unwrap();
    let call = Call::new(Staff(who), body, now()).with_path("order_id", order.order_id);
    let reply = refund_order(shelf.in_force(), call.with_header("idempotency-key", key)).await?;
    Ok(reply.body().unwrap().clone())
}

pub fn cups(quantity: u32) -> Value {
    json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": quantity }] })
}

pub fn amount(amount: i64) -> Value {
    json!({ "amount": eur(amount) })
}

async fn now_of(shelf: &Shelf, order: &Order) -> OrderView {
    shelf.orders.get(order.order_id).await.unwrap().unwrap().value.into()
}

fn succeeded(order: &Order, refund: &OrderRefund) -> Event {
    Event::Payment(PaymentEvent::RefundSucceeded(RefundSucceeded {
        refund_id: refund.refund_id,
        payment_id: order.payment_id,
        order_id: order.order_id,
        user_id: order.user_id,
        amount: refund.amount,
    }))
}

fn could_not(order: &Order, refund: &OrderRefund) -> Event {
    Event::Payment(PaymentEvent::RefundFailed(RefundFailed {
        refund_id: refund.refund_id,
        payment_id: order.payment_id,
        order_id: order.order_id,
        user_id: order.user_id,
        amount: refund.amount,
        reason: "expired_or_canceled_card".to_owned(),
    }))
}

#[tokio::test]
async fn an_order_is_refunded_in_parts() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let first = refund(&shelf, &order, "one", staff(), cups(1)).await.unwrap();
    assert_eq!(first.amount, eur(1450));
    assert_eq!(refund(&shelf, &order, "one", staff(), cups(1)).await.unwrap(), first, "once");
    assert_eq!(code(refund(&shelf, &order, "one", staff(), cups(2)).await), "422 idempotency_key_reused");
    let second = refund(&shelf, &order, "two", staff(), amount(1450)).await.unwrap();
    assert_eq!(code(refund(&shelf, &order, "three", staff(), amount(1)).await), "409 nothing_to_refund");
    let events = shelf.events().await;
    let granted = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::RefundGranted(refund)) => Some((refund.refund_id, refund.amount)),
        _ => None,
    });
    let granted: HashMap<RefundId, Money> = granted.collect();
    assert_eq!(
        granted,
        HashMap::from([first.clone(), second.clone()].map(|refund| (refund.refund_id, refund.amount)))
    );
    shelf.deliver(succeeded(&order, &first)).await;
    let seen = now_of(&shelf, &order).await;
    assert_eq!(
        (seen.payment_state, seen.order.payment_status),
        (PaymentState::PartiallyRefunded, PaymentStatus::Captured)
    );
    shelf.deliver(succeeded(&order, &second)).await;
    let seen = now_of(&shelf, &order).await;
    assert_eq!((seen.payment_state, seen.order.status), (PaymentState::Refunded, OrderStatus::Confirmed));
}

#[tokio::test]
async fn of_two_refunds_at_once_that_together_exceed_the_order_one_is_granted() {
    for number in 1..=6 {
        let shelf = shelf().await;
        let order = paid(&shelf, number).await;
        let (one, other) = tokio::join!(
            refund(&shelf, &order, "one", staff(), amount(2000)),
            refund(&shelf, &order, "other", admin(), amount(2000)),
        );
        let refused = match (one, other) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            both => panic!("{both:?}"),
        };
        assert_eq!(refused.code(), "refund_too_large");
        assert_eq!(now_of(&shelf, &order).await.order.refunds.len(), 1);
    }
}

#[tokio::test]
async fn a_preview_grants_nothing() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let mut preview = cups(2);
    preview["preview"] = json!(true);
    let shown = refund(&shelf, &order, "k", staff(), preview).await.unwrap();
    assert_eq!((shown.amount, shown.status), (eur(2900), RefundStatus::Requested));
    assert_eq!(now_of(&shelf, &order).await.order, order);
}

#[tokio::test]
async fn staff_need_an_admin_above_the_limit() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let policy = json!({ "staff_refund_limit": 1000 });
    shelf.set("policy", "main", policy).await;
    assert_eq!(code(refund(&shelf, &order, "k", staff(), amount(1001)).await), "403 refund_limit");
    refund(&shelf, &order, "k", staff(), amount(1000)).await.unwrap();
    assert_eq!(code(refund(&shelf, &order, "l", staff(), amount(1)).await), "403 refund_limit");
    refund(&shelf, &order, "l", admin(), amount(1001)).await.unwrap();
}

#[tokio::test]
async fn a_refund_that_failed_leaves_the_order_paid_and_can_be_granted_again() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let first = refund(&shelf, &order, "one", staff(), amount(2900)).await.unwrap();
    shelf.deliver(could_not(&order, &first)).await;
    let seen = now_of(&shelf, &order).await;
    assert_eq!(
        (seen.payment_state, seen.order.refunds[0].status),
        (PaymentState::Captured, RefundStatus::Failed)
    );
    refund(&shelf, &order, "two", staff(), amount(2900)).await.unwrap();
}

#[tokio::test]
async fn what_is_not_paid_is_not_refunded() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    assert_eq!(code(refund(&shelf, &order, "k", staff(), amount(1)).await), "409 nothing_to_refund");
    let absent = Order { order_id: OrderId::from_parts(0, 99), ..order };
    assert_eq!(code(refund(&shelf, &absent, "k", staff(), amount(1)).await), "404 order_not_found");
}

#[tokio::test]
async fn refunds_keep_to_the_budget() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let used = || shelf.table.used();
    used();
    let granted = refund(&shelf, &order, "k", staff(), amount(5)).await.unwrap();
    assert_eq!(used(), "3 read, 11 written: 2 GetItem, Query, TransactWriteItems", "refund-order");
    refund(&shelf, &order, "k", staff(), amount(5)).await.unwrap();
    assert_eq!(used(), "3 read, 0 written: 2 GetItem, Query", "refund-order: the same request again");
    shelf.deliver(succeeded(&order, &granted)).await;
    assert_eq!(
        used(),
        "1 read, 7 written: GetItem, TransactWriteItems",
        "apply-payment-event: refunded in part"
    );
}

//! A paid order whose confirmation never reaches products: it is in the dead-letter queue, and nobody redrives it.

use domain::orders::OrderStatus;
use domain::stock::ReservationStatus;
use domain::words::id::OrderId;
use engines::faults::DeliveryFault;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tests::{Books, Customer, Shop};

/// All pieces of a SKU in the first order but one, which are too many for that order to get its two.
const ALL_BUT_ONE: i64 = 79;

/// Places an order that is paid and confirmed, and whose confirmation for products becomes a dead letter.
async fn confirmed_and_unheard(customer: &Customer<'_>) -> OrderId {
    let faults = customer.shop().cloud().faults();
    faults.watch();
    faults.deliveries(&[("stock-commands", 1, DeliveryFault::DeadLettered)]);
    let order = customer.order_and_settle("pm_card_visa").await;
    assert_eq!(order["status"], "confirmed");
    assert_eq!(faults.stop().misdelivered.len(), 1, "the confirmation is a dead letter");
    id(&order)
}

fn id(order: &Value) -> OrderId {
    order["order_id"].as_str().expect("an id").parse().expect("an order's id")
}

async fn state(shop: &Shop, order: OrderId) -> (OrderStatus, ReservationStatus) {
    let books = Books::of(shop).await;
    let reservation = books.reservation(order).expect("the reservation exists").status;
    (books.order(order).expect("the order exists").status, reservation)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_keeps_its_pieces_although_its_confirmation_is_not_redriven() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = confirmed_and_unheard(&ada).await;
    assert_eq!(state(&shop, order).await, (OrderStatus::Confirmed, ReservationStatus::Held));

    shop.recover_without_redrive().await.expect("the shop comes to rest");
    assert_eq!(state(&shop, order).await, (OrderStatus::Confirmed, ReservationStatus::Committed));
    // Nothing has changed for the customer.
    let order = ada.get(&format!("/orders/{order}")).await.body;
    ada.assert_mails(&order, &["We have received your order", "Your order is confirmed"]).await;

    // The confirmation arrives in the end, and changes nothing.
    shop.redeliver().await.expect("the shop comes to rest");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_whose_pieces_are_gone_is_refunded_and_its_customer_notified() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.customer("Ada Lovelace").await, shop.customer("Bob Bobson").await);
    let order = confirmed_and_unheard(&ada).await;

    // Before orders is notified that the pieces were released, another customer has ordered all of them.
    let paused = shop.pause_consumer("apply-payment-event");
    let released = Timestamp::now() + SignedDuration::from_mins(50);
    shop.run_schedule("expire-reservations", released).await;
    let others = bob.order_of("all-of-them", "CUP-BLUE", ALL_BUT_ONE).await;
    assert_eq!(others.status, 201, "{others:?}");
    shop.resume_consumer(&paused);
    shop.settle().await;

    assert_eq!(state(&shop, order).await, (OrderStatus::Cancelled, ReservationStatus::Lost));
    // Mails that come too late are not sent: docs/decisions/0023-late-mails-are-not-sent.md.
    let mut mails = ada.mails_about(order);
    mails.retain(|subject| {
        !["We have received your order", "We cannot deliver your order"].contains(&subject.as_str())
    });
    assert_eq!(mails, ["Your order is confirmed", "Your refund is on its way"]);
    shop.redeliver().await.expect("the shop comes to rest");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

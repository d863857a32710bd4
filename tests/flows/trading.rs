//! Days that pass at once: the clock is set ahead, and a shop is filled with orders of days that have passed.

use dev::clock;
use dev::seed::{self, Wanted};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tests::{Books, Customer, Shop};

/// The password of the customers that tests register.
const PASSWORD: &str = "a password of eight or more";

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Lets days pass.
async fn pass(shop: &Shop, days: &str) {
    let by = clock::forward(days).expect("a duration");
    let mut out = Vec::new();
    clock::set_ahead(shop.cloud().console_url(), by, &mut out).await.expect("what is due is done");
    let said = String::from_utf8(out).expect("a line");
    assert!(said.starts_with("It is 2") && said.ends_with("It has done what was due.\n"), "{said}");
}

async fn withdraw(customer: &Customer<'_>, order: &str, key: &str) -> u16 {
    let cup =
        json!({ "kind": "withdrawal", "confirm": true, "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    customer.post(&format!("/orders/{order}/returns"), key, &cup).await.status
}

/// What is shipped is assumed to arrive after seven days, and can be sent back for fourteen days more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_weeks_after_an_order_was_shipped_nobody_withdraws_from_it() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id");
    let shipped =
        admin.post(&format!("/admin/orders/{id}/shipments"), "all", &json!({ "carrier": "Correos" })).await;
    assert_eq!(shipped.status, 201, "{shipped:?}");

    pass(&shop, "+20d").await;
    let ada = shop.signed_in(&ada.email, PASSWORD).await;
    assert_eq!(withdraw(&ada, id, "in-time").await, 201);
    pass(&shop, "+1d 1h").await;
    let ada = shop.signed_in(&ada.email, PASSWORD).await;
    assert_eq!(withdraw(&ada, id, "too-late").await, 409);
    shop.settle().await;
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_is_filled_with_orders_of_past_days() {
    let shop = Shop::open().await;
    let cloud = shop.cloud();
    cloud.send_webhooks();
    seed::set_terms(cloud.url()).await.expect("the terms are set");
    let from = -DAY * 8;
    let wanted = Wanted { orders: 24, days: 8, from, to_the_end: false, capture_on_shipment: false };
    let mut out = tempfile::tempfile().expect("a file");
    seed::trade((cloud.url(), cloud.console_url()), &wanted, &mut out).await.expect("the shop takes them");
    assert!(cloud.clock().ahead().is_zero(), "it is today again");
    shop.settle().await;

    let (books, now) = (Books::of(&shop).await, Timestamp::now());
    assert_eq!(books.orders().len(), 24);
    let placed = || books.orders().iter().map(|order| order.placed_at);
    assert!(placed().all(|at| at < now && at > now - DAY * 9), "in the past days");
    assert!(placed().min() < Some(now - DAY * 5) && placed().max() > Some(now - DAY * 3));
    let shipped = books.orders().iter().filter(|order| order.has_shipped()).count();
    assert!(shipped > 8, "{shipped}");
    assert_eq!(books.violations(), Vec::<String>::new());
    shop.close().await;
}

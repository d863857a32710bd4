//! Shipping: the staff send a paid order in two parcels, and its customer follows them.

use std::collections::HashSet;

use domain::events::{ProductEvent, Queue, ReservationLost};
use edge::Cause;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Books, Customer, Reply, Shop};

/// Ships pieces of the seeded first order.
async fn ship(admin: &Customer<'_>, order: &Value, key: &str, lines: Value) -> Reply {
    let path = format!("/admin/orders/{}/shipments", order["order_id"].as_str().expect("an id"));
    let mut parcel =
        json!({ "carrier": "Correos", "tracking_url": "https://carrier.example/track?parcel=1" });
    if !lines.is_null() {
        parcel["lines"] = lines;
    }
    admin.post(&path, key, &parcel).await
}

/// Returns the ids of the orders that wait to be shipped.
async fn to_ship(admin: &Customer<'_>) -> HashSet<String> {
    waiting(admin, "to_ship").await
}

/// Returns the ids of the orders that wait in a queue.
async fn waiting(admin: &Customer<'_>, queue: &str) -> HashSet<String> {
    let found = admin.get(&format!("/admin/orders?queue={queue}")).await;
    let items = found.body["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|order| order["order_id"].as_str().map(str::to_owned)).collect()
}

/// Its confirmation was so late that its pieces went to other orders, and the staff had packed a part of it by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_whose_rest_is_gone_waits_for_the_staff_who_cancel_it() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    let beans = json!([{ "sku": "BEANS-250", "quantity": 1 }]);
    assert_eq!(ship(&admin, &order, "one", beans).await.status, 201);
    let lost = ProductEvent::ReservationLost(ReservationLost { order_id: id.parse().expect("an id") });
    let lost = Cause::new("late").envelope(lost, Timestamp::now());
    shop.send_event(Queue::OrderEvents, &lost).await;
    shop.settle().await;
    assert!(waiting(&admin, "payment_problem").await.contains(&id) && !to_ship(&admin).await.contains(&id));
    let shown = admin.get(&format!("/orders/{id}?expand=timeline")).await.body;
    let told = shown["timeline"].as_array().cloned().unwrap_or_default();
    assert!(told.iter().any(|entry| entry["what"] == "stock_lost"), "{told:?}");
    assert_eq!(shown["status"], "confirmed");

    let rest = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }], "reason": "Sold out." });
    let cancelled = admin.post(&format!("/admin/orders/{id}/cancellations"), "rest", &rest).await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    shop.settle().await;
    assert!(!waiting(&admin, "payment_problem").await.contains(&id));
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_shipped_in_two_parcels_and_arrives() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    assert!(to_ship(&admin).await.contains(&id));
    let number = order["number"].as_str().expect("a number");
    let found = admin.get(&format!("/admin/orders?number={number}")).await;
    assert_eq!(found.body["items"][0]["order_id"], id);
    let month = &order["placed_at"].as_str().expect("a time")[..7];
    let of_month = admin.get(&format!("/admin/orders?month={month}")).await;
    assert_eq!(of_month.body["items"][0]["order_id"], id, "{of_month:?}");

    let beans = json!([{ "sku": "BEANS-250", "quantity": 1 }]);
    let first = ship(&admin, &order, "one", beans).await;
    assert_eq!(first.status, 201, "{first:?}");
    let seen = ada.get(&format!("/orders/{id}")).await.body;
    assert_eq!(
        (&seen["fulfillment_status"], &seen["can"]["cancel"]),
        (&json!("partially_shipped"), &json!(false))
    );
    let cancel = ada.post(&format!("/orders/{id}/cancellation"), "cancel", &json!({})).await;
    assert_eq!((cancel.status, &cancel.body["code"]), (409, &json!("order_shipped")));
    let rest = ship(&admin, &order, "two", Value::Null).await;
    assert_eq!(rest.body["lines"][0]["sku"], "CUP-BLUE");
    let third = ship(&admin, &order, "three", Value::Null).await;
    assert_eq!((third.status, &third.body["code"]), (409, &json!("nothing_left")));
    assert!(!to_ship(&admin).await.contains(&id));

    for parcel in [&first, &rest] {
        let path =
            format!("/admin/orders/{id}/shipments/{}", parcel.body["shipment_id"].as_str().expect("an id"));
        let arrived = json!({ "delivered_at": parcel.body["shipped_at"] });
        let request = admin.request(Method::PATCH, &path).header("if-match", "\"1\"").json(&arrived);
        assert_eq!(shop.send(request).await.status, 200);
    }
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{id}?expand=user,shipments")).await.body;
    assert_eq!((&seen["fulfillment_status"], &seen["status"]), (&json!("delivered"), &json!("confirmed")));
    assert_eq!(seen["shipments"].as_array().map(Vec::len), Some(2));
    assert_eq!(seen["user"]["name"], "Ada Lovelace");
    let subjects = shop.subjects(&ada.email);
    let parcels = subjects.iter().filter(|subject| *subject == "Your parcel is on its way").count();
    assert_eq!(parcels, 2, "{subjects:?}");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_and_a_parcel_at_the_same_moment_exclude_each_other() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    for number in 0..6 {
        let placed = ada.order(&format!("order-{number}"), "pm_card_visa").await.body;
        shop.settle().await;
        let cancel = format!("/orders/{}/cancellation", placed["order_id"].as_str().expect("an id"));
        let body = json!({});
        let (shipped, cancelled) =
            tokio::join!(ship(&admin, &placed, "parcel", Value::Null), ada.post(&cancel, "cancel", &body));
        let outcome = (shipped.status, cancelled.status);
        assert!(matches!(outcome, (201, 409) | (409, 200)), "{shipped:?} {cancelled:?}");
    }
    shop.settle().await;
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

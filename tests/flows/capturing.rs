//! Money that is authorised when an order is placed, and captured when it is shipped.

use domain::payments::CAPTURED_AHEAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::{Books, Customer, Shop};

/// Opens a shop that captures money when it ships, before anybody has read its settings.
async fn open() -> Shop {
    let shop = Shop::open().await;
    shop.admin().await.capture_on_shipment().await;
    shop
}

fn id(order: &Value) -> &str {
    order["order_id"].as_str().expect("an id")
}

async fn seen(customer: &Customer<'_>, order: &Value) -> Value {
    customer.get(&format!("/orders/{}?expand=invoices", id(order))).await.body
}

async fn ship(admin: &Customer<'_>, order: &Value, key: &str, lines: Value) {
    let mut parcel = json!({ "carrier": "Correos" });
    if !lines.is_null() {
        parcel["lines"] = lines;
    }
    let shipped = admin.post(&format!("/admin/orders/{}/shipments", id(order)), key, &parcel).await;
    assert_eq!(shipped.status, 201, "{shipped:?}");
    admin.shop().settle().await;
}

/// Returns what the payment gateway has captured of an order, and its status there.
fn at_gateway(shop: &Shop, order: &Value) -> (i64, String) {
    let intents = shop.cloud().payment_gateway().intents();
    let intent = intents.into_iter().find(|intent| intent.order_id() == Some(id(order)));
    let intent = intent.expect("the order has a payment");
    (intent.captured, intent.status)
}

async fn assert_books(shop: &Shop) {
    assert_eq!(Books::of(shop).await.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_parcel_captures_what_its_invoice_says() {
    let shop = open().await;
    shop.cloud().send_webhooks();
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let states = |order: &Value| json!([order["status"], order["payment_status"], order["payment_state"]]);
    assert_eq!(states(&seen(&ada, &order).await), json!(["confirmed", "authorized", "authorized"]));
    assert_eq!(at_gateway(&shop, &order), (0, "requires_capture".to_owned()));
    assert_books(&shop).await;

    ship(&admin, &order, "beans", json!([{ "sku": "BEANS-250", "quantity": 1 }])).await;
    let first = seen(&ada, &order).await;
    assert_eq!(states(&first), json!(["confirmed", "authorized", "partially_captured"]));
    assert_eq!(first["capturing"]["captured"], first["invoices"][0]["total"]);
    assert_eq!(at_gateway(&shop, &order), (790, "requires_capture".to_owned()));
    let refund = json!({ "amount": { "amount": 800, "currency": "EUR" }, "reason": "It took long." });
    let refunds = format!("/admin/orders/{}/refunds", id(&order));
    assert_eq!(admin.post(&refunds, "too-much", &refund).await.problem(), "422 refund_too_large");
    let refund = json!({ "amount": { "amount": 100, "currency": "EUR" }, "reason": "It took long." });
    assert_eq!(admin.post(&refunds, "some", &refund).await.status, 202);
    shop.settle().await;
    assert_books(&shop).await;

    ship(&admin, &order, "cups", Value::Null).await;
    let second = seen(&ada, &order).await;
    assert_eq!(states(&second), json!(["confirmed", "captured", "partially_refunded"]));
    assert_eq!(at_gateway(&shop, &order), (3_690, "succeeded".to_owned()));
    let invoices = second["invoices"].as_array().expect("a list");
    let sums = |kind: &str| {
        let of_kind = invoices.iter().filter(|invoice| invoice["kind"] == kind);
        of_kind.map(|invoice| invoice["total"]["amount"].as_i64().expect("cents")).collect::<Vec<_>>()
    };
    assert_eq!((sums("invoice"), sums("credit_note")), (vec![790, 2_900], vec![100]));
    let payment = order["payment_id"].as_str().expect("an id").parse().expect("a payment's id");
    assert_eq!(Books::of(&shop).await.postings(payment).len(), 3, "two captures and a refund");
    assert_books(&shop).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cancelled_before_it_is_captured_is_released_and_not_refunded() {
    let shop = open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let cancelled = ada.order_and_settle("pm_card_visa").await;
    assert_eq!(
        ada.post(&format!("/orders/{}/cancellation", id(&cancelled)), "key", &json!({})).await.status,
        200
    );
    shop.settle().await;
    assert_eq!(at_gateway(&shop, &cancelled), (0, "canceled".to_owned()));
    let order = seen(&ada, &cancelled).await;
    assert_eq!((&order["status"], &order["payment_state"]), (&json!("cancelled"), &json!("released")));
    assert_eq!(order.get("refunds"), None);

    let in_part = ada.order("another", "pm_card_visa").await.body;
    shop.settle().await;
    let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    let cancellations = format!("/admin/orders/{}/cancellations", id(&in_part));
    let reply = admin.post(&cancellations, "cup", &cup).await;
    assert_eq!((reply.status, reply.body.get("refund")), (200, None), "{reply:?}");
    ship(&admin, &in_part, "rest", Value::Null).await;
    assert_eq!(at_gateway(&shop, &in_part), (2_240, "succeeded".to_owned()));
    assert_eq!(seen(&ada, &in_part).await["payment_state"], "captured");
    let mails = shop.subjects(&ada.email);
    assert!(!mails.contains(&"Your refund is on its way".to_owned()), "{mails:?}");
    assert_books(&shop).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_authorisation_ends_the_rest_is_captured_or_the_order_is_cancelled() {
    let shop = open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let unshipped = ada.order_and_settle("pm_card_visa").await;
    let shipped = ada.order("another", "pm_card_visa").await.body;
    shop.settle().await;
    ship(&admin, &shipped, "beans", json!([{ "sku": "BEANS-250", "quantity": 1 }])).await;
    let week = SignedDuration::from_hours(7 * 24);
    shop.run_schedule(
        "reconcile-payments",
        Timestamp::now() + week - CAPTURED_AHEAD - SignedDuration::from_mins(5),
    )
    .await;
    shop.settle().await;
    assert_eq!(seen(&ada, &unshipped).await["status"], "confirmed", "there is time");
    shop.run_schedule(
        "reconcile-payments",
        Timestamp::now() + week - CAPTURED_AHEAD + SignedDuration::from_mins(5),
    )
    .await;
    shop.settle().await;
    assert_eq!(at_gateway(&shop, &unshipped), (0, "canceled".to_owned()));
    let order = seen(&ada, &unshipped).await;
    assert_eq!((&order["status"], &order["payment_state"]), (&json!("cancelled"), &json!("released")));
    assert_eq!(at_gateway(&shop, &shipped), (3_690, "succeeded".to_owned()));
    assert_eq!(seen(&ada, &shipped).await["payment_state"], "captured");
    let stock = admin.get("/admin/catalogue/stock?sku=CUP-BLUE").await.body["items"][0]["level"].clone();
    assert_eq!(stock["sold"], 2, "those of the other order");
    let mails = shop.mails(&ada.email);
    let is_lapsed = |text: &str| text.contains("before the amount that was held on your card had to be");
    let lapsed = mails.iter().filter(|mail| mail.text.as_deref().is_some_and(is_lapsed)).count();
    assert_eq!(lapsed, 1, "{:?}", shop.subjects(&ada.email));
    ship(&admin, &shipped, "cups", Value::Null).await;
    assert_eq!(at_gateway(&shop, &shipped), (3_690, "succeeded".to_owned()), "it is paid");
    assert_books(&shop).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_captured_once_pays_the_whole_order_with_the_first_parcel() {
    let shop = open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_credit_disableEnterpriseCardFeatures").await;
    ship(&admin, &order, "beans", json!([{ "sku": "BEANS-250", "quantity": 1 }])).await;
    assert_eq!(at_gateway(&shop, &order), (3_690, "succeeded".to_owned()));
    let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    let cancelled = admin.post(&format!("/admin/orders/{}/cancellations", id(&order)), "cup", &cup).await;
    assert_eq!(cancelled.body["refund"]["amount"]["amount"], 1_450, "it is paid: {cancelled:?}");
    ship(&admin, &order, "rest", Value::Null).await;
    let order = seen(&ada, &order).await;
    assert_eq!(order["payment_state"], "partially_refunded");
    assert_books(&shop).await;
    shop.close().await;
}

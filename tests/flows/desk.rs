//! The desk of the staff: notes about orders, and cancellations, whole or in part.

use serde_json::{Value, json};
use tests::{Books, Customer, Shop};

/// Returns what an order's timeline tells somebody.
async fn told(who: &Customer<'_>, id: &str) -> Vec<String> {
    let order = who.get(&format!("/orders/{id}?expand=timeline")).await.body;
    let entries = order["timeline"].as_array().expect("a timeline");
    entries.iter().map(|entry| entry["what"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cup_is_cancelled_the_customer_hears_of_it_and_the_rest_is_shipped() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let before = shop.rows("products", "stock").await;
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    let desk = format!("/admin/orders/{id}");
    let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    let cancelled = admin.post(&format!("{desk}/cancellations"), "cup", &cup).await;
    assert_eq!((cancelled.status, &cancelled.body["refund"]["amount"]["amount"]), (200, &json!(1450)));
    let public = json!({ "text": "We are sorry about the cup.", "public": true });
    assert_eq!(admin.post(&format!("{desk}/notes"), "sorry", &public).await.status, 201);
    let private = json!({ "text": "Look at the shelf." });
    assert_eq!(admin.post(&format!("{desk}/notes"), "shelf", &private).await.status, 201);
    shop.settle().await;
    let parcel = admin.post(&format!("{desk}/shipments"), "rest", &json!({ "carrier": "Correos" })).await;
    assert_eq!(parcel.status, 201, "{parcel:?}");
    shop.settle().await;

    let seen = ada.get(&format!("/orders/{id}")).await.body;
    assert_eq!(
        (&seen["fulfillment_status"], &seen["payment_state"]),
        (&json!("shipped"), &json!("partially_refunded"))
    );
    let public =
        ["placed", "paid", "lines_cancelled", "refund_requested", "refund_succeeded", "note", "shipped"];
    let mut hers = told(&ada, &id).await;
    hers.sort_unstable();
    let mut expected = public.to_vec();
    expected.sort_unstable();
    assert_eq!(hers, expected);
    assert_eq!(told(&admin, &id).await.len(), public.len() + 1);
    let mails = shop.subjects(&ada.email);
    for subject in
        ["A part of your order is cancelled", "A message about your order", "Your refund is on its way"]
    {
        assert_eq!(mails.iter().filter(|sent| *sent == subject).count(), 1, "{subject}: {mails:?}");
    }
    let pieces = |rows: &[Value], name: &str| -> i64 {
        let cups = rows.iter().find(|row| row["sku"]["S"] == "CUP-BLUE").expect("the cups");
        cups[name]["N"].as_str().expect("a number").parse().expect("a number")
    };
    let after = shop.rows("products", "stock").await;
    assert_eq!(pieces(&after, "available"), pieces(&before, "available") - 1);
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_staff_cancel_a_paid_order_and_its_customer_reads_why() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    let why = json!({ "reason": "The supplier has closed." });
    let cancelled = admin.post(&format!("/orders/{id}/cancellation"), "cancel", &why).await;
    assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")), "{cancelled:?}");
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{id}?expand=timeline")).await.body;
    assert_eq!(seen["payment_state"], "refunded");
    let entries = seen["timeline"].as_array().expect("a timeline");
    let entry = entries.iter().find(|entry| entry["what"] == "cancelled").expect("told");
    assert_eq!((&entry["by"], &entry["data"]), (&json!({ "kind": "staff" }), &why));
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

//! Customers who save cards, pay with them and remove them.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

/// Orders two cups from the cart, paid with what these members name.
async fn check_out(customer: &Customer<'_>, key: &str, pay: Value) -> Reply {
    let shop = customer.shop();
    let address = dev::seed::first_order("pm_card_visa")["shipping_address"].clone();
    let fill = customer.request(Method::PUT, "/cart/lines/CUP-BLUE").json(&json!({ "quantity": 2 }));
    assert_eq!(shop.send(fill).await.status, 200);
    let addressed = customer.request(Method::PATCH, "/cart").json(&json!({ "shipping_address": address }));
    let cart = shop.send(addressed).await.body;
    let mut body = json!({ "expected_total": cart["quote"]["total"] });
    body.as_object_mut().expect("an object").extend(pay.as_object().expect("an object").clone());
    let placed = customer.post("/cart/checkout", key, &body).await;
    shop.settle().await;
    placed
}

/// Returns the last digits of the cards that a customer has saved.
async fn saved(customer: &Customer<'_>) -> Vec<String> {
    let saved = customer.get("/payment-methods").await;
    assert_eq!(saved.status, 200, "{saved:?}");
    let items = saved.body["items"].as_array().expect("items").iter();
    items.map(|item| item["last4"].as_str().expect("digits").to_owned()).collect()
}

async fn is_paid(customer: &Customer<'_>, placed: &Reply) -> bool {
    assert_eq!(placed.status, 201, "{placed:?}");
    let path = format!("/orders/{}", placed.body["order_id"].as_str().expect("an id"));
    let order = customer.get(&path).await.body;
    (&order["status"], &order["payment_status"]) == (&json!("confirmed"), &json!("captured"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_card_pays_for_its_customer_and_for_nobody_else() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.customer("Ada Lovelace").await, shop.customer("Bob").await);
    let card = ada.save_card("pm_card_mastercard").await;
    assert_eq!((saved(&ada).await, saved(&bob).await), (vec!["4444".to_owned()], Vec::new()));
    assert!(is_paid(&ada, &check_out(&ada, "saved", json!({ "saved_method": card })).await).await);

    let before = shop.rows("products", "reservation").await.len();
    let refused = check_out(&bob, "not-his", json!({ "saved_method": card })).await;
    assert_eq!(refused.problem(), "422 payment_method_unknown");
    assert_eq!(shop.rows("products", "reservation").await.len(), before, "nothing is held");
    assert_eq!(bob.get("/orders").await.body["items"], json!([]), "nothing is placed");

    let path = format!("/payment-methods/{card}");
    let remove = async |customer: &Customer<'_>| shop.send(customer.request(Method::DELETE, &path)).await;
    assert_eq!(remove(&bob).await.problem(), "404 payment_method_not_found");
    assert_eq!(remove(&ada).await.status, 204);
    assert!(saved(&ada).await.is_empty());
    let removed = check_out(&ada, "removed", json!({ "saved_method": card })).await;
    assert_eq!(removed.problem(), "422 payment_method_unknown");
    let guest = shop.guest().await;
    assert_eq!(guest.get("/payment-methods").await.problem(), "403 account_needed");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_saved_with_an_order_and_pays_for_the_next_or_after_a_decline() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let pay = json!({ "payment_method": "pm_card_visa", "save_method": true });
    assert!(is_paid(&ada, &check_out(&ada, "to-save", pay).await).await);
    assert_eq!(saved(&ada).await, ["4242"]);
    let first = ada.get("/payment-methods").await.body["items"][0]["payment_method"].clone();
    ada.save_card("pm_card_mastercard").await;
    assert_eq!(saved(&ada).await, ["4444", "4242"], "newest first");
    assert!(is_paid(&ada, &check_out(&ada, "saved", json!({ "saved_method": first })).await).await);
    assert_eq!(saved(&ada).await, ["4242", "4444"], "the one that was paid with last");

    let declined =
        check_out(&ada, "declined", json!({ "payment_method": "pm_card_visa_chargeDeclined" })).await;
    assert!(!is_paid(&ada, &declined).await);
    let path = format!("/payments/{}/attempts", declined.body["payment_id"].as_str().expect("an id"));
    assert_eq!(ada.post(&path, "again", &json!({ "saved_method": first })).await.status, 202);
    shop.settle().await;
    assert!(is_paid(&ada, &declined).await);
    let log = shop.log();
    assert!(log.iter().all(|line| !line.line.contains("_secret_")), "no client secret is logged");
    shop.close().await;
}

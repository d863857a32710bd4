//! Saved addresses, and orders that go to them.

use dev::seed::first_order;
use domain::words::id::AddressId;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

const PATH: &str = "/users/me/addresses";

fn path(number: u128) -> String {
    format!("{PATH}/{}", AddressId::from_parts(0, number))
}

fn address(street: &str) -> Value {
    let mut address = first_order("pm_card_visa")["shipping_address"].take();
    address["line1"] = json!(street);
    address
}

async fn put(shop: &Shop, customer: &Customer<'_>, number: u128, street: &str, is_default: bool) -> Reply {
    let body = json!({ "address": address(street), "default_shipping": is_default });
    shop.send(customer.request(Method::PUT, &path(number)).json(&body)).await
}

/// Returns the street of each saved address, and whether orders go there.
async fn saved(customer: &Customer<'_>) -> Vec<(Value, bool)> {
    let listed = customer.get(PATH).await;
    assert_eq!(listed.status, 200, "{listed:?}");
    let items = listed.body["items"].as_array().expect("a list");
    items.iter().map(|item| (item["address"]["line1"].clone(), item["default_shipping"] == true)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_keeps_its_address_when_the_saved_one_changes() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    assert_eq!(put(&shop, &ada, 1, "Calle Mayor 1", true).await.status, 201);
    assert_eq!(put(&shop, &ada, 2, "Calle de Toledo 2", true).await.status, 201);
    let expected = [(json!("Calle Mayor 1"), false), (json!("Calle de Toledo 2"), true)];
    assert_eq!(saved(&ada).await, expected, "the default has moved");

    let mut order = first_order("pm_card_visa");
    order["shipping_address"] = ada.get(PATH).await.body["items"][1]["address"].clone();
    let placed = ada.post("/orders", "the-order", &order).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    shop.settle().await;
    assert_eq!(put(&shop, &ada, 2, "Gran Vía 3", false).await.status, 200);
    assert_eq!(saved(&ada).await[1], (json!("Gran Vía 3"), false));
    let order = format!("/orders/{}", placed.body["order_id"].as_str().expect("an id"));
    assert_eq!(ada.get(&order).await.body["shipping_address"]["line1"], "Calle de Toledo 2");

    for _ in 0..2 {
        assert_eq!(shop.send(ada.request(Method::DELETE, &path(2))).await.status, 204);
    }
    assert_eq!(saved(&ada).await, [(json!("Calle Mayor 1"), false)]);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_addresses_can_be_saved_by_an_account_and_none_by_a_guest() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.customer("Ada Lovelace").await, shop.customer("Eve").await);
    for number in 1..=20 {
        assert_eq!(put(&shop, &ada, number, "Calle Mayor 1", true).await.status, 201);
    }
    assert_eq!(put(&shop, &ada, 21, "Calle Mayor 1", true).await.problem(), "409 too_many_addresses");
    assert_eq!(put(&shop, &ada, 20, "Calle Mayor 20", false).await.status, 200);
    assert_eq!(saved(&ada).await.len(), 20);

    assert_eq!(saved(&eve).await.len(), 0);
    assert_eq!(shop.send(eve.request(Method::DELETE, &path(1))).await.status, 204);
    assert_eq!(saved(&ada).await.len(), 20, "it was another user's");

    let guest = shop.guest().await;
    assert_eq!(guest.get(PATH).await.problem(), "403 account_needed");
    assert_eq!(put(&shop, &guest, 1, "Calle Mayor 1", true).await.problem(), "403 account_needed");
    shop.close().await;
}

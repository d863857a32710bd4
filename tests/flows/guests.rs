//! Guests: orders without an account, which become an account's.

use serde_json::{Value, json};
use tests::{Customer, Reply, Shop, guests_order};

const PASSWORD: &str = "a password of eight or more";

async fn post(shop: &Shop, path: &str, body: &Value) -> Reply {
    shop.send(shop.client().post(shop.at(path)).json(body)).await
}

/// Orders as a guest who leaves this address. Returns the guest, and the order's id.
async fn guest_orders<'s>(shop: &'s Shop, email: &str) -> (Customer<'s>, Value) {
    shop.keep_secret(email);
    let guest = shop.guest().await;
    let placed = guest.post("/orders", "the-order", &guests_order(email)).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    shop.settle().await;
    (guest, placed.body["order_id"].clone())
}

async fn orders_of(customer: &Customer<'_>) -> Vec<Value> {
    let listed = customer.get("/orders").await;
    assert_eq!(listed.status, 200, "{listed:?}");
    let orders = listed.body["items"].as_array().expect("a list");
    orders.iter().map(|order| order["order_id"].clone()).collect()
}

/// Asserts that the order, its payment and its later mails are the customer's, and no longer the guest's.
async fn assert_reowned(owner: &Customer<'_>, guest: &Customer<'_>, order: &Value) {
    assert_eq!(orders_of(owner).await, std::slice::from_ref(order));
    assert_eq!(orders_of(guest).await, Vec::<Value>::new());
    let path = format!("/orders/{}", order.as_str().expect("an id"));
    let shown = owner.get(&path).await;
    assert_eq!((&shown.body["status"], &shown.body["user_id"]), (&json!("confirmed"), &json!(owner.user_id)));
    let payment = format!("/payments/{}", shown.body["payment_id"].as_str().expect("an id"));
    assert_eq!(owner.get(&payment).await.body["status"], "captured");
    for path in [path, payment] {
        assert_eq!(guest.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_without_an_address_orders_nothing_and_holds_nothing() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let refused = guest.order("the-order", "pm_card_visa").await;
    assert_eq!(refused.problem(), "422 contact_needed");
    assert_eq!(shop.rows("products", "reservation").await, Vec::<Value>::new());
    assert_eq!(shop.rows("orders", "standing").await, Vec::<Value>::new());
    assert_eq!(guest.get("/users/me/sessions").await.problem(), "403 account_needed");
    shop.close().await;
}

/// The address of a guest is stored by the users service alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guests_order_is_paid_and_mailed_like_any_other() {
    let shop = Shop::open().await;
    let email = "guest@customers.example";
    let (guest, order) = guest_orders(&shop, email).await;
    assert_eq!(orders_of(&guest).await, [order]);
    assert_eq!(shop.mails(email).len(), 2, "received, and confirmed: {:?}", shop.subjects(email));
    for (service, kind) in [("orders", "order"), ("payments", "payment"), ("products", "reservation")] {
        let rows = shop.rows(service, kind).await;
        assert_eq!(rows.len(), 1, "{kind}");
        assert!(!json!(rows).to_string().contains(email), "{kind} holds the address");
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_from_a_guests_session_has_the_guests_orders() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let (guest, order) = guest_orders(&shop, "guest@customers.example").await;
    let credentials = json!({
        "email": ada.email, "password": PASSWORD, "guest_refresh_token": guest.refresh_token,
    });
    let signed_in = post(&shop, "/sessions", &credentials).await;
    assert_eq!(signed_in.body["merged_from"], json!(guest.user_id));
    shop.settle().await;
    assert_reowned(&ada, &guest, &order).await;
    let again = guest.post("/orders", "another", &guests_order("guest@customers.example")).await;
    assert_eq!(again.problem(), "409 guest_merged", "the guest's access token is valid for some minutes");
    let refreshed = post(&shop, "/sessions/refresh", &json!({ "refresh_token": guest.refresh_token })).await;
    assert_eq!(refreshed.problem(), "401 session_revoked");
    assert_eq!(post(&shop, "/sessions", &credentials).await.body["merged_from"], Value::Null);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_the_account_owners_once_the_address_that_it_was_placed_with_is_proved() {
    let shop = Shop::open().await;
    let email = "ada@customers.example";
    let (guest, order) = guest_orders(&shop, email).await;
    let (_, of_another) = guest_orders(&shop, "eve@customers.example").await;
    let ada = shop.customer_at(email, "Ada Lovelace").await;
    shop.settle().await;
    assert_eq!(orders_of(&ada).await, Vec::<Value>::new(), "anyone can register the address");
    let token = json!({ "token": shop.link_token(email, "confirm-email") });
    assert_eq!(post(&shop, "/email-confirmations", &token).await.status, 200);
    shop.settle().await;
    assert_reowned(&ada, &guest, &order).await;
    assert_ne!(of_another, order);
    shop.close().await;
}

/// However an order that is being placed and the guest's signing in meet: the order is in the account in the end, or there is
/// none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_placed_while_its_guest_signs_in_is_not_lost() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let mut placed = Vec::new();
    for round in 0..4 {
        let guest = shop.guest().await;
        let credentials = json!({
            "email": ada.email, "password": PASSWORD, "guest_refresh_token": guest.refresh_token,
        });
        let order = guests_order(&format!("guest-{round}@customers.example"));
        let (order, signed_in) =
            tokio::join!(guest.post("/orders", "the-order", &order), post(&shop, "/sessions", &credentials),);
        assert_eq!(signed_in.body["merged_from"], json!(guest.user_id));
        match order.status {
            201 => placed.push(order.body["order_id"].clone()),
            _ => assert_eq!(order.problem(), "409 guest_merged"),
        }
        shop.settle().await;
    }
    let mut listed = orders_of(&ada).await;
    listed.sort_by_key(Value::to_string);
    placed.sort_by_key(Value::to_string);
    assert_eq!(listed, placed);
    shop.close().await;
}

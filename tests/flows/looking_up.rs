//! Somebody finds an order without an account.

use serde_json::{Value, json};
use tests::{Reply, Shop, guests_order};

async fn look_up(shop: &Shop, number: &Value, email: &str) -> Reply {
    let known = json!({ "number": number, "email": email });
    shop.send(shop.client().post(shop.at("/orders/lookup")).json(&known)).await
}

async fn open(shop: &Shop, token: &str) -> Reply {
    shop.send(shop.client().post(shop.at("/sessions/link")).json(&json!({ "token": token }))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_sees_the_order_by_a_mailed_link_and_a_stranger_gets_no_mail() {
    let shop = Shop::open().await;
    let (guest, email) = (shop.guest_reading("de").await, "guest@customers.example");
    let order = guest.post("/orders", "first", &guests_order(email)).await.body;
    shop.settle().await;
    let mails = shop.subjects(email).len();
    for (number, address) in [
        (order["number"].clone(), "eve@strangers.example"),
        (json!("X60W-P2C2N"), email),
        (json!("12345"), email),
    ] {
        let asked = look_up(&shop, &number, address).await;
        assert_eq!((asked.status, &asked.body), (202, &Value::Null), "{asked:?}");
    }
    shop.settle().await;
    assert_eq!(shop.subjects("eve@strangers.example"), Vec::<String>::new());
    assert_eq!(shop.subjects(email).len(), mails);

    assert_eq!(look_up(&shop, &order["number"], email).await.status, 202);
    shop.settle().await;
    assert_eq!(shop.subjects(email).last().map(String::as_str), Some("Ihr Link zu Ihrer Bestellung"));
    let token = shop.link_token(email, "/order-lookup");
    let opened = open(&shop, &token).await;
    assert_eq!(opened.status, 200, "{opened:?}");
    for name in ["access_token", "refresh_token"] {
        shop.keep_secret(opened.body[name].as_str().expect("a token"));
    }
    assert_eq!(
        (&opened.body["order_id"], &opened.body["user_id"]),
        (&order["order_id"], &json!(guest.user_id))
    );
    let path = format!("/orders/{}", order["order_id"].as_str().expect("an id"));
    let bearer = opened.body["access_token"].as_str().expect("a token");
    let seen = shop.send(shop.client().get(shop.at(&path)).bearer_auth(bearer)).await;
    assert_eq!((seen.status, &seen.body["number"]), (200, &order["number"]));
    assert_eq!(open(&shop, &token).await.problem(), "404 link_invalid");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_of_an_accounts_order_starts_no_session() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle("pm_card_visa").await;
    assert_eq!(look_up(&shop, &order["number"], &ada.email).await.status, 202);
    shop.settle().await;
    let token = shop.link_token(&ada.email, "/order-lookup");
    assert_eq!(open(&shop, &token).await.problem(), "409 sign_in_needed");
    for _ in 0..4 {
        assert_eq!(look_up(&shop, &order["number"], "eve@strangers.example").await.status, 202);
    }
    let refused = look_up(&shop, &order["number"], "eve@strangers.example").await;
    assert_eq!(refused.problem(), "429 too_many_claims");
    shop.settle().await;
    shop.close().await;
}

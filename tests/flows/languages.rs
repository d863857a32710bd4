//! A customer who reads German.

use reqwest::Method;
use serde_json::json;
use tests::Shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mail_is_in_the_language_that_the_customer_chose() {
    let shop = Shop::open().await;
    let email = "ada@customers.example";
    let password = "a password of eight or more";
    let account = json!({ "email": email, "name": "Ada", "password": password, "locale": "de-AT" });
    let registered = shop.send(shop.client().post(shop.at("/users")).json(&account)).await;
    assert_eq!(registered.status, 202, "{registered:?}");
    let ada = shop.signed_in(email, password).await;
    shop.settle().await;
    ada.order_and_settle("pm_card_visa").await;
    let mut subjects = shop.subjects(email);
    subjects.retain(|subject| *subject != "Wir haben Ihre Bestellung erhalten");
    assert_eq!(subjects, ["Willkommen bei Bodega", "Ihre Bestellung ist bestätigt"]);
    let confirmed = shop.mails(email).pop().expect("a mail");
    assert!(confirmed.text.expect("a text").contains("\u{a0}€"));

    let english = ada.request(Method::PATCH, "/users/me").json(&json!({ "locale": "en" }));
    assert_eq!(shop.send(english).await.status, 200);
    let forgotten = shop.client().post(shop.at("/password-resets")).json(&json!({ "email": email }));
    assert_eq!(shop.send(forgotten).await.status, 202);
    shop.settle().await;
    assert_eq!(shop.subjects(email).last().map(String::as_str), Some("Choose a new password"));
    shop.close().await;
}

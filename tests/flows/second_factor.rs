//! The second factor, from its setup to the day on which the app is lost.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, Shop, guests_order};

const PASSWORD: &str = "a password of eight or more";
const OTHER_PASSWORD: &str = "another password of the same user";

/// What the customer's mails are called in a language, in their sequence, after the one that an order was received, which its
/// confirmation may overtake.
const ENGLISH: [&str; 5] = [
    "Your order is confirmed",
    "Welcome to Bodega",
    "Signing in now requires a code",
    "Choose a new password",
    "Your password was changed",
];
const GERMAN: [&str; 5] = [
    "Ihre Bestellung ist bestätigt",
    "Willkommen bei Bodega",
    "Für die Anmeldung ist jetzt ein Code nötig",
    "Wählen Sie ein neues Passwort",
    "Ihr Passwort wurde geändert",
];

const RECEIVED: [&str; 2] = ["We have received your order", "Wir haben Ihre Bestellung erhalten"];

async fn post(shop: &Shop, path: &str, body: &Value) -> Reply {
    shop.send(shop.client().post(shop.at(path)).json(body)).await
}

/// Orders as a guest, and creates an account that has the order. Confirms the address, sets up an app, signs out everywhere, forgets the password, resets it, has lost the app, too, and signs
/// in with a recovery code.
async fn lose_everything(shop: &Shop, email: &str, locale: &str) {
    let guest = shop.guest_reading(locale).await;
    let placed = guest.post("/orders", "as-a-guest", &guests_order(email)).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    shop.settle().await;
    let account = json!({
        "email": email, "name": "Ada", "password": PASSWORD, "locale": locale,
        "guest_refresh_token": guest.refresh_token,
    });
    assert_eq!(post(shop, "/users", &account).await.status, 202);
    shop.settle().await;
    let token = json!({ "token": shop.link_token(email, "confirm-email") });
    assert_eq!(post(shop, "/email-confirmations", &token).await.status, 200);
    let phone = shop.signed_in(email, PASSWORD).await;
    assert_eq!(phone.user_id, guest.user_id, "the account is the guest's");
    let orders = phone.get("/orders").await;
    assert_eq!(orders.body["items"][0]["order_id"], placed.body["order_id"]);
    let app = phone.set_up_app(PASSWORD).await;
    assert_eq!(shop.send(phone.request(Method::DELETE, "/sessions/all")).await.status, 204);
    let refreshed = post(shop, "/sessions/refresh", &json!({ "refresh_token": phone.refresh_token })).await;
    assert_eq!(refreshed.problem(), "401 session_revoked");

    assert_eq!(post(shop, "/password-resets", &json!({ "email": email })).await.status, 202);
    shop.settle().await;
    let token = shop.link_token(email, "reset-password");
    let reset = json!({ "token": token, "password": OTHER_PASSWORD });
    assert_eq!(post(shop, "/password-resets/confirmation", &reset).await.status, 204);
    let wrong = shop.complete_log_in(email, OTHER_PASSWORD, "00000-00000").await;
    assert_eq!(wrong.problem(), "401 code_wrong", "a new password does not replace the second factor");
    let code = &app.recovery_codes[0];
    let signed_in = shop.complete_log_in(email, OTHER_PASSWORD, code).await;
    assert_eq!((signed_in.status, &signed_in.body["user_id"]), (200, &json!(phone.user_id)));
    assert_eq!(shop.complete_log_in(email, OTHER_PASSWORD, code).await.problem(), "401 code_wrong");
    shop.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_password_and_app_gets_in_by_mail_and_recovery_code_in_either_language() {
    let shop = Shop::open().await;
    for (email, locale, subjects) in
        [("ada@customers.example", "en", ENGLISH), ("ada@kunden.example", "de", GERMAN)]
    {
        lose_everything(&shop, email, locale).await;
        let mut sent = shop.subjects(email);
        sent.retain(|subject| !RECEIVED.contains(&subject.as_str()));
        assert_eq!(sent, subjects, "{locale}");
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_sign_ins_with_one_code_one_succeeds() {
    let shop = Shop::unstocked().await;
    let customer = shop.customer("Grace Hopper").await;
    let app = customer.set_up_app(PASSWORD).await;
    let code = app.next_code();
    let (one, two) = tokio::join!(
        shop.complete_log_in(&customer.email, PASSWORD, &code),
        shop.complete_log_in(&customer.email, PASSWORD, &code),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let removed = customer.send_code("removal", &app.recovery_codes[0]).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    shop.signed_in(&customer.email, PASSWORD).await;
    shop.close().await;
}

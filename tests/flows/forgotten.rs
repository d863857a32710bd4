//! A customer who confirms the address, changes it and the password, and later forgets the password.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

const NEW: &str = "another password of eight or more";

async fn post(shop: &Shop, path: &str, body: &Value) -> Reply {
    shop.send(shop.client().post(shop.at(path)).json(body)).await
}

async fn forget(shop: &Shop, email: &str) {
    let reply = post(shop, "/password-resets", &json!({ "email": email })).await;
    assert_eq!((reply.status, &reply.body), (202, &Value::Null));
    shop.settle().await;
}

async fn is_verified(customer: &Customer<'_>) -> Value {
    customer.get("/users/me").await.body["email_verified"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_of_the_welcome_confirms_the_address() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    shop.settle().await;
    assert_eq!(is_verified(&ada).await, false);
    let token = json!({ "token": shop.link_token(&ada.email, "/confirm-email") });
    let confirmed = post(&shop, "/email-confirmations", &token).await;
    assert_eq!((confirmed.status, &confirmed.body["email"]), (200, &json!(ada.email)));
    assert_eq!(is_verified(&ada).await, true);
    assert_eq!(post(&shop, "/email-confirmations", &token).await.problem(), "404 link_invalid");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_replaced_by_mail_and_every_device_is_signed_out() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    forget(&shop, &ada.email).await;
    let token = shop.link_token(&ada.email, "/reset-password");
    let reset = json!({ "token": token, "password": NEW });
    assert_eq!(post(&shop, "/password-resets/confirmation", &reset).await.status, 204);
    assert_eq!(post(&shop, "/password-resets/confirmation", &reset).await.problem(), "404 link_invalid");
    shop.settle().await;

    let refresh = json!({ "refresh_token": ada.refresh_token });
    assert_eq!(post(&shop, "/sessions/refresh", &refresh).await.problem(), "401 session_revoked");
    let old = json!({ "email": ada.email, "password": "a password of eight or more" });
    assert_eq!(post(&shop, "/sessions", &old).await.problem(), "401 invalid_credentials");
    let ada = shop.signed_in(&ada.email, NEW).await;
    assert_eq!(is_verified(&ada).await, true);
    assert_eq!(ada.request(Method::GET, "/orders").send().await.expect("a reply").status(), 200);

    let mut subjects = shop.subjects(&ada.email);
    subjects.sort();
    assert_eq!(subjects, ["Choose a new password", "Welcome to Bodega", "Your password was changed"]);
    // Logs are searched when the shop closes.
    let secret = token.split_once('.').expect("a secret").1;
    for (service, kinds) in
        [("users", &["link", "user", "credential", "throttle"][..]), ("notifications", &["notification"])]
    {
        for kind in kinds {
            let rows = shop.rows(service, kind).await;
            assert!(!rows.is_empty(), "{kind}");
            assert!(rows.iter().all(|row| !row.to_string().contains(secret)), "{kind}: {rows:?}");
        }
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_gets_another_address_by_a_link_to_it_and_the_old_one_is_told() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    shop.settle().await;
    let confirm = async |email: &str| {
        let token = json!({ "token": shop.link_token(email, "/confirm-email") });
        let confirmed = post(&shop, "/email-confirmations", &token).await;
        assert_eq!((confirmed.status, &confirmed.body["email"]), (200, &json!(email)));
        shop.settle().await;
    };
    confirm(&ada.email).await;
    let change = json!({ "email": "ada@another.example", "password": "a password of eight or more" });
    let changed = shop.send(ada.request(Method::PUT, "/users/me/email").json(&change)).await;
    assert_eq!((changed.status, &changed.body), (202, &Value::Null));
    shop.settle().await;
    assert_eq!(ada.get("/users/me").await.body["email"], json!(ada.email), "until it is confirmed");
    confirm("ada@another.example").await;
    assert_eq!(ada.get("/users/me").await.body["email"], "ada@another.example");
    let old = json!({ "email": ada.email, "password": "a password of eight or more" });
    assert_eq!(post(&shop, "/sessions", &old).await.problem(), "401 invalid_credentials");
    shop.signed_in("ada@another.example", "a password of eight or more").await;
    assert_eq!(shop.subjects(&ada.email), ["Welcome to Bodega", "Your e-mail address was changed"]);
    assert_eq!(shop.subjects("ada@another.example"), ["Confirm your e-mail address"]);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_in_a_change_of_the_account_is_refused_with_its_place() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let update = async |body: Value| {
        let request = ada.request(Method::PATCH, "/users/me");
        shop.send(request.header("content-type", "application/merge-patch+json").json(&body)).await
    };
    let refused = update(json!({ "roles": ["admin"] })).await;
    assert_eq!(refused.problem(), "422 invalid_body");
    assert_eq!(refused.body["errors"][0]["pointer"], "/roles");
    let updated = update(json!({ "locale": "de-AT", "marketing": true })).await;
    assert_eq!((updated.status, &updated.body["locale"]), (200, &json!("de-AT")));
    assert_eq!(ada.get("/users/me").await.body, updated.body);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_password_signs_out_every_other_device() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let phone = shop.signed_in(&ada.email, "a password of eight or more").await;
    let change = json!({ "current_password": "a password of eight or more", "new_password": NEW });
    shop.keep_secret(NEW);
    let changed = shop.send(ada.request(Method::PUT, "/users/me/password").json(&change)).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    let refresh =
        async |token: &str| post(&shop, "/sessions/refresh", &json!({ "refresh_token": token })).await;
    assert_eq!(refresh(&phone.refresh_token).await.problem(), "401 session_revoked");
    assert_eq!(refresh(&ada.refresh_token).await.status, 200);
    shop.settle().await;
    assert_eq!(shop.subjects(&ada.email), ["Welcome to Bodega"], "nobody has confirmed the address");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_eleventh_wrong_password_is_answered_with_the_time_to_wait() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let wrong = json!({ "email": ada.email, "password": "a difference engine" });
    for _ in 0..10 {
        assert_eq!(post(&shop, "/sessions", &wrong).await.problem(), "401 invalid_credentials");
    }
    assert_eq!(post(&shop, "/sessions", &wrong).await.problem(), "429 too_many_tries");
    let reply = shop.client().post(shop.at("/sessions")).json(&wrong).send().await.expect("a reply");
    let wait = reply.headers()["retry-after"].to_str().expect("ASCII").parse::<u32>().expect("seconds");
    assert!((1..=900).contains(&wait), "{wait}");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_without_an_account_gets_no_mail_and_one_with_an_account_three_an_hour() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    for _ in 0..4 {
        forget(&shop, "nobody@customers.example").await;
        forget(&shop, &ada.email).await;
    }
    assert!(shop.mails("nobody@customers.example").is_empty());
    let mails = shop.subjects(&ada.email).into_iter().filter(|subject| subject == "Choose a new password");
    assert_eq!(mails.count(), 3);
    shop.close().await;
}

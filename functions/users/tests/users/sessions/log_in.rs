//! `POST /sessions`.

use serde_json::json;
use telemetry::Published;
use users::keys::authorize_request;

use crate::sessions::{bearer, credentials, later, refresh_token, refused_with};
use crate::{Service, code, now, read};

#[tokio::test]
async fn right_credentials_return_tokens_that_the_authorizer_accepts() {
    let service = Service::start().await;
    let user = service.ada().await;
    let reply = service.log_in(credentials()).await.unwrap();
    assert_eq!(reply.status(), 200);
    let shown = json!(reply.body().unwrap());
    assert_eq!(
        (&shown["token_type"], &shown["expires_in"], &shown["user_id"]),
        (&json!("Bearer"), &json!(600), &json!(user.user_id))
    );
    assert_eq!(shown.as_object().unwrap().len(), 6);
    assert!(shown["device_token"].as_str().unwrap().starts_with("dev_"));
    let who = authorize_request(service.authorizer.clone(), bearer(&reply, now())).await.unwrap();
    assert_eq!((who.user_id, who.roles), (user.user_id, vec![]));
    assert!(refresh_token(&reply).starts_with(&who.session_id.to_string()));
    let late =
        authorize_request(service.authorizer.clone(), bearer(&reply, later(10))).await.map_err(refused_with);
    assert_eq!(late, Err("token_expired"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_return_the_same_401() {
    let service = Service::start().await;
    service.ada().await;
    for (email, password) in [
        ("ada@example.com", "The analytical engine"),
        ("ada@example.com", ""),
        ("eve@example.com", "the analytical engine"),
        ("eve@example.com", ""),
    ] {
        let answer = service.log_in(json!({ "email": email, "password": password })).await;
        assert_eq!(code(answer), "401 invalid_credentials", "{email} {password}");
    }
    assert_eq!(service.rows_of("session").await, 0);
}

#[tokio::test]
async fn each_refusal_counts_and_a_sign_in_does_not() {
    let service = Service::start().await;
    service.ada().await;
    let published = Published::from_now();
    for (email, password) in
        [("ada@example.com", "a difference engine"), ("eve@example.com", "the analytical engine")]
    {
        assert!(service.log_in(json!({ "email": email, "password": password })).await.is_err());
        assert_eq!(published.take(), ["LogInsRefused=1"]);
    }
    service.log_in(credentials()).await.unwrap();
    assert!(published.take().is_empty());
}

/// The hash of the password of [`credentials`] with parameters that are too low.
const OLD: &str =
    "$argon2id$v=19$m=8,t=1,p=1$YW4gb2xkIHNhbHQgb2YxNg$QMnhPxYE7ZtbLob/e/2gkIkT9dhr8HA1ORaiGmUi3Pk";

const CREDENTIAL: (&str, &str) = ("EMAIL#ada@example.com", "CREDENTIAL");

#[tokio::test]
async fn a_password_with_an_old_hash_is_hashed_again_and_its_devices_stay_known() {
    let service = Service::start().await;
    service.ada().await;
    service.set(CREDENTIAL, "password_hash", OLD).await;
    let hash = async || {
        let found = service.users.credential(&read(json!("ada@example.com"))).await.unwrap().unwrap();
        (json!(found.value.password_hash), found.value.password_version)
    };
    assert!(service.log_in(json!({ "email": "ada@example.com", "password": "wrong" })).await.is_err());
    assert_eq!(hash().await, (json!(OLD), 1), "by its owner alone");
    let device = json!(service.log_in(credentials()).await.unwrap().body().unwrap())["device_token"].clone();
    let renewed = hash().await;
    assert!(renewed.0.as_str().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && renewed.1 == 1);
    service.log_in(credentials()).await.unwrap();
    assert_eq!(hash().await, renewed, "once");

    for _ in 0..9 {
        let wrong = json!({ "email": "ada@example.com", "password": "a difference engine" });
        assert_eq!(code(service.log_in(wrong).await), "401 invalid_credentials");
    }
    assert_eq!(code(service.log_in(credentials()).await), "429 too_many_tries");
    let mut known = credentials();
    known["device_token"] = device;
    assert!(service.log_in(known).await.is_ok(), "the device signed in with the old hash");
}

#[tokio::test]
async fn two_sign_ins_at_once_hash_the_password_again_and_both_succeed() {
    let service = Service::start().await;
    service.ada().await;
    service.set(CREDENTIAL, "password_hash", OLD).await;
    let (one, two) = tokio::join!(service.log_in(credentials()), service.log_in(credentials()));
    assert!(one.is_ok() && two.is_ok());
    assert!(service.log_in(credentials()).await.is_ok());
}

#[tokio::test]
async fn an_address_in_another_case_signs_in() {
    let service = Service::start().await;
    service.ada().await;
    let body = json!({ "email": "ADA@EXAMPLE.COM", "password": "the analytical engine" });
    assert!(service.log_in(body).await.is_ok());
}

#[tokio::test]
async fn refresh_tokens_are_stored_as_hashes_and_not_logged() {
    let service = Service::start().await;
    service.ada().await;
    let reply = service.log_in(credentials()).await.unwrap();
    let secret = refresh_token(&reply).split_once('.').unwrap().1.to_owned();
    let rows = service.rows().await.join("\n");
    assert!(!rows.contains(&secret) && !format!("{reply:?}").contains(&secret));
    assert_eq!(service.rows_of("session").await, 1);
}

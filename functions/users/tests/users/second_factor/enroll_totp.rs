//! `POST /users/me/totp`.

use serde_json::json;

use super::App;
use crate::sessions::{credentials, later, text};
use crate::{Service, code, now};

#[tokio::test]
async fn a_secret_is_returned_and_stored_nowhere() {
    let service = Service::start().await;
    service.ada().await;
    service.confirm_address().await;
    let caller = service.device().await.caller;
    let password = json!({ "password": credentials()["password"] });
    let reply = service.enroll(&caller, password, now()).await.unwrap();
    assert_eq!(reply.status(), 201);
    let (secret, url) = (text(&reply, "secret"), text(&reply, "otpauth_url"));
    assert_eq!(secret.len(), 32, "160 bits in base 32");
    assert_eq!(url, format!("otpauth://totp/Bodega:ada%40example.com?secret={secret}&issuer=Bodega"));
    assert_eq!(json!(reply.body().unwrap())["expires_in"], 600);
    let rows = service.rows().await.join("\n");
    assert!(rows.contains("\"TOTP\"") && !rows.contains(&secret), "{rows}");
    assert!(!format!("{:?}", reply.body()).contains(&secret));
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 200, "no code is required yet");
}

#[tokio::test]
async fn another_request_makes_the_secret_before_void() {
    let service = Service::start().await;
    service.ada().await;
    service.confirm_address().await;
    let caller = service.device().await.caller;
    let (first, second) = (service.app(&caller).await, service.app(&caller).await);
    assert_eq!(code(service.confirm_app(&caller, &first.code(now()), now()).await), "401 code_wrong");
    service.confirm_app(&caller, &second.code(now()), now()).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_or_an_ended_session_returns_401_and_the_eleventh_request_429() {
    let service = Service::start().await;
    service.ada().await;
    service.confirm_address().await;
    let device = service.device().await;
    for _ in 0..10 {
        let wrong = service.enroll(&device.caller, json!({ "password": "wrong" }), now()).await;
        assert_eq!(code(wrong), "401 invalid_credentials");
    }
    let password = json!({ "password": credentials()["password"] });
    let eleventh = service.enroll(&device.caller, password.clone(), now()).await;
    assert_eq!(code(eleventh), "429 too_many_tries");
    assert_eq!(service.rows_of("second_factor").await, 0);
    let later = later(30 * 24 * 60);
    assert_eq!(code(service.enroll(&device.caller, password, later).await), "401 session_revoked");
}

/// A stranger registers an address that they do not own, and cannot keep its owner out.
#[tokio::test]
async fn an_address_that_nobody_has_confirmed_gets_no_second_factor() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    let password = json!({ "password": credentials()["password"] });
    let refused = service.enroll(&caller, password.clone(), now()).await;
    assert_eq!(code(refused), "409 email_unconfirmed");
    service.confirm_address().await;
    service.enroll(&caller, password, now()).await.unwrap();
}

#[tokio::test]
async fn an_account_has_one_second_factor() {
    let service = Service::start().await;
    let (caller, app, _) = service.ada_with_app().await;
    let again = service.enroll(&caller, json!({ "password": credentials()["password"] }), now()).await;
    assert_eq!(code(again), "409 totp_active");
    let App(secret) = app;
    assert!(!service.rows().await.join("\n").contains(&secret));
}

//! `GET /users/me/export`.

use edge::{Account, Call, NoBody, SignedIn};
use serde_json::{Value, json};
use users::accounts::export_user;

use crate::{Service, code, now};

impl Service {
    async fn export(&self, caller: &SignedIn) -> Value {
        let call = Call::new(Account(caller.clone()), NoBody, now());
        json!(export_user(self.users.clone(), call).await.unwrap().body().unwrap())
    }
}

#[tokio::test]
async fn all_that_is_held_of_a_user_is_returned_and_nothing_that_proves_who_they_are() {
    let service = Service::start().await;
    let (caller, _, codes) = service.ada_with_app().await;
    let address = json!({
        "name": "Ada", "line1": "1 High Street", "city": "London", "postal_code": "N1 9GU", "country": "GB",
    });
    let saved = json!({ "address": address, "default_shipping": true });
    service.put_address(caller.user_id, 1, saved).await.unwrap();
    drop(service.table.used());
    let exported = service.export(&caller).await;
    assert_eq!(service.table.used(), "4.5 read, 0 written: BatchGetItem, 2 GetItem, 2 Query", "export-user");
    assert_eq!(exported["account"]["email"], "ada@example.com");
    assert_eq!(
        (&exported["email_verified_at"], &exported["second_factor_since"]),
        (&json!(now()), &json!(now()))
    );
    assert_eq!(exported["marketing_consent_at"], Value::Null);
    assert_eq!(exported["addresses"][0]["address"]["city"], "London");
    assert_eq!((&exported["sessions"][0]["current"], &exported["sessions"][1]), (&json!(true), &Value::Null));
    assert_eq!(exported["elsewhere"], json!(["/cart", "/orders", "/payments/{payment_id}"]));
    let text = exported.to_string();
    for secret in ["argon2", "hash", "version", codes[0].as_str()] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_exports_nothing() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    let end = Call::new(caller.clone(), NoBody, now()).with_path("session_id", "current");
    users::sessions::end_session(service.users.clone(), end).await.unwrap();
    let call = Call::new(Account(caller), NoBody, now());
    assert_eq!(code(export_user(service.users.clone(), call).await), "401 session_revoked");
}

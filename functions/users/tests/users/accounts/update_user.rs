//! `PATCH /users/me`.

use edge::{Account, Call, Problem, Reply};
use serde_json::{Value, json};
use users::accounts::profile::Profile;
use users::accounts::update_user;
use users::accounts::update_user::UpdateUser;

use crate::{Service, code, now, read, signed_in};

impl Service {
    pub async fn update(&self, user: &Profile, body: Value) -> Result<Reply<Profile>, Problem> {
        update_user(self.users.clone(), Call::new(Account(signed_in(user.user_id)), read(body), now())).await
    }
}

#[tokio::test]
async fn the_named_fields_change_and_no_other() {
    let service = Service::start().await;
    let user = service.ada().await;
    assert_eq!((user.locale.as_ref(), user.marketing), ("en", false));
    let reply = service.update(&user, json!({ "locale": "DE-at", "marketing": true })).await.unwrap();
    assert_eq!(reply.status().as_u16(), 200);
    let expected = Profile { locale: read(json!("de-AT")), marketing: true, ..user.clone() };
    assert_eq!(reply.body(), Some(&expected));
    assert_eq!(service.user("ada@example.com").await, expected);
    let renamed = service.update(&user, json!({ "name": " Ada King " })).await.unwrap();
    assert_eq!(renamed.body(), Some(&Profile { name: Some(read(json!("Ada King"))), ..expected }));
}

#[tokio::test]
async fn nothing_new_writes_nothing() {
    let service = Service::start().await;
    let user = service.ada().await;
    for body in [json!({}), json!({ "name": "Ada Lovelace", "locale": "en", "marketing": false })] {
        let reply = service.update(&user, body).await.unwrap();
        assert_eq!(reply.body(), Some(&user));
        assert_eq!(service.users.get(user.user_id).await.unwrap().unwrap().version, 1);
    }
}

#[tokio::test]
async fn two_changes_at_once_are_both_made() {
    let service = Service::start().await;
    let user = service.ada().await;
    let (one, two) = tokio::join!(
        service.update(&user, json!({ "locale": "de" })),
        service.update(&user, json!({ "marketing": true }))
    );
    assert!(one.is_ok() && two.is_ok());
    let changed = service.user("ada@example.com").await;
    assert_eq!((changed.locale.as_ref(), changed.marketing), ("de", true));
}

#[tokio::test]
async fn an_account_that_is_gone_returns_404() {
    let service = Service::start().await;
    let user = service.ada().await;
    service.delete(&format!("USER#{}", user.user_id), "USER").await;
    assert_eq!(code(service.update(&user, json!({ "locale": "de" })).await), "404 user_not_found");
}

#[test]
fn an_invalid_value_is_refused() {
    for body in [
        json!({ "locale": "klingon!" }),
        json!({ "marketing": "yes" }),
        json!({ "marketing": null }),
        json!({ "locale": null }),
        json!({ "name": null }),
        json!({ "name": "https://spam.example" }),
    ] {
        assert!(serde_json::from_value::<UpdateUser>(body.clone()).is_err(), "{body}");
    }
}

//! `GET /users/me` and `GET /admin/users`, of guests.

use edge::{NoBody, Staff};
use serde_json::{Value, json};
use users::accounts::get_user;
use users::staff::find_users;

use crate::guests::with_guest;
use crate::sessions::credentials;
use crate::{Service, ada, code, now, of, signed_in};

#[tokio::test]
async fn a_guest_is_shown_what_is_known_of_them() {
    let service = Service::start().await;
    let visitor = service.visitor().await;
    let me = async || get_user(service.users.clone(), of(visitor.caller.clone(), "me")).await;
    let shown = json!(me().await.unwrap().body().unwrap());
    assert_eq!(
        (&shown["guest"], &shown["email"], &shown["name"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    assert_eq!((&shown["locale"], &shown["roles"]), (&json!("de"), &json!([])));
    service.keep(visitor.id(), "ada@example.com", now()).await.unwrap();
    let shown = json!(me().await.unwrap().body().unwrap());
    assert_eq!((&shown["email"], &shown["email_verified"]), (&json!("ada@example.com"), &json!(false)));

    let other = service.visitor().await;
    let call = of(other.caller.clone(), visitor.id());
    assert_eq!(code(get_user(service.users.clone(), call).await), "404 user_not_found");
    service.ada().await;
    service.log_in(with_guest(credentials(), &visitor)).await.unwrap();
    assert_eq!(code(me().await), "404 user_not_found", "the guest has become an account's owner");
}

#[tokio::test]
async fn staff_find_the_guests_who_have_left_an_address() {
    let service = Service::start().await;
    let visitors = [
        service.visitor_at("ada@example.com").await,
        service.visitor_at("ada@example.com").await,
        service.visitor_at("eve@example.com").await,
    ];
    service.register(ada()).await.unwrap();
    let user = service.user("ada@example.com").await;
    let find = async |query: &str| {
        let call = edge::Call::new(Staff(signed_in(user.user_id)), NoBody, now()).with_query(query).unwrap();
        let found = find_users(service.users.clone(), call).await.unwrap();
        found.body().unwrap().items.iter().map(|user| (user.user_id, user.guest)).collect::<Vec<_>>()
    };
    let mut found = find("email=ada@example.com").await;
    assert_eq!(found.remove(0), (user.user_id, false), "the account first");
    found.sort();
    let mut expected = [(visitors[0].id(), true), (visitors[1].id(), true)];
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(find(&format!("user_id={}", visitors[2].id())).await, [(visitors[2].id(), true)]);
    assert_eq!(find("role=admin").await, []);
}

/// Who has started the guest's session on a shared computer may have kept its token.
#[tokio::test]
async fn a_guests_token_does_not_show_the_account_that_the_guest_has_created() {
    let service = Service::start().await;
    let visitor = service.visitor().await;
    service.register(with_guest(ada(), &visitor)).await.unwrap();
    for which in ["me".to_owned(), visitor.id().to_string()] {
        let call = of(visitor.caller.clone(), which);
        assert_eq!(code(get_user(service.users.clone(), call).await), "401 session_revoked");
    }
}

#[tokio::test]
async fn of_many_guests_with_one_address_staff_find_the_newest() {
    let service = Service::start().await;
    let staff = service.admin("grace").await;
    let mut newest = None;
    for hour in 0..3 {
        for _ in 0..10 {
            let visitor = service.visitor().await;
            let at = now() + jiff::SignedDuration::from_hours(hour);
            service.keep(visitor.id(), "ada@example.com", at).await.unwrap();
            newest = newest.max(Some(visitor.id()));
        }
    }
    let call = edge::Call::new(Staff(signed_in(staff.user_id)), NoBody, now());
    let call = call.with_query("email=ada@example.com").unwrap();
    let found = find_users(service.users.clone(), call).await.unwrap();
    let found: Vec<_> = found.body().unwrap().items.iter().map(|user| Some(user.user_id)).collect();
    assert_eq!(found.len(), 20);
    assert!(found.contains(&newest));
}

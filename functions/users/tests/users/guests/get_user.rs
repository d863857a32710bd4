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

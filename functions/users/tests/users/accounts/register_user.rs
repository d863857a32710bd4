//! `POST /users`.

use domain::events::{Event, UserEvent, UserRegistered};
use edge::Body;
use serde_json::{Value, json};
use store::{Table, outbox};
use users::accounts::register_user::RegisterUser;

use crate::{Service, ada, code, now};

/// Returns the edge's rejection of a body.
fn refused(body: &Value) -> String {
    let problem = RegisterUser::read(body.to_string().as_bytes(), &Default::default()).unwrap_err();
    assert_eq!(problem.code(), "invalid_body");
    format!("{problem:?}")
}

fn with(name: &str, value: Value) -> Value {
    let mut body = ada();
    body[name] = value;
    body
}

#[tokio::test]
async fn a_new_address_creates_an_account_with_its_event() {
    let service = Service::start().await;
    let reply = service.register(ada()).await.unwrap();
    assert_eq!(reply.status(), 201);
    let user = reply.body().unwrap();
    assert!(format!("{reply:?}").contains(&format!("/users/{}", user.user_id)), "location: {reply:?}");
    insta::assert_json_snapshot!(user, { ".user_id" => "[user]" }, @r#"
    {
      "user_id": "[user]",
      "email": "ada@example.com",
      "name": "Ada Lovelace",
      "roles": [],
      "created_at": "2026-11-23T10:00:00Z"
    }
    "#);
    assert_eq!(service.rows_of("user").await + service.rows_of("credential").await, 2);

    let table = Table::new(service.table.client().clone(), service.table.name());
    let later = now() + jiff::SignedDuration::from_secs(1);
    let waiting = outbox::older_than(&table, later).await.unwrap().events;
    let events: Vec<_> = waiting.into_iter().map(|event| event.unwrap().envelope.event).collect();
    assert_eq!(events, [Event::User(UserEvent::Registered(UserRegistered { user_id: user.user_id }))]);
}

#[tokio::test]
async fn a_password_is_stored_as_a_hash_only() {
    let service = Service::start().await;
    service.ada().await;
    let rows = service.rows().await.join("\n");
    assert!(!rows.contains("analytical"), "{rows}");
    assert_eq!(rows.matches("$argon2id$v=19$m=19456,t=2,p=1$").count(), 1);
}

#[tokio::test]
async fn a_registered_address_returns_409_and_writes_nothing() {
    let service = Service::start().await;
    service.ada().await;
    let before = service.rows().await.len();
    let again = with("email", json!(" ADA@example.COM "));
    assert_eq!(code(service.register(again).await), "409 email_taken");
    assert_eq!(service.rows().await.len(), before, "nothing is left behind");
}

#[tokio::test]
async fn concurrent_registrations_of_an_address_create_one_account() {
    let service = Service::start().await;
    let all = (0..6).map(|_| service.register(ada()));
    let answers = futures::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.into_iter().filter(Result::is_err).all(|answer| code(answer) == "409 email_taken"));
    assert_eq!(service.rows_of("outbox").await, 1);
}

#[tokio::test]
async fn the_address_as_password_returns_422() {
    let service = Service::start().await;
    let body = with("password", json!("ADA@example.com"));
    assert_eq!(code(service.register(body).await), "422 password_is_email");
    assert!(service.rows().await.is_empty());
}

#[test]
fn a_role_in_the_body_is_an_unknown_field() {
    for (name, value) in [("roles", json!(["admin"])), ("admin", json!(true)), ("user_id", json!("usr_1"))] {
        assert!(refused(&with(name, value)).contains("unknown field"), "{name}");
    }
}

#[test]
fn an_invalid_field_returns_422_with_its_reason() {
    let long = "x".repeat(129);
    for (name, value, why) in [
        ("password", json!("seven77"), "8 to 128"),
        ("password", json!(long), "8 to 128"),
        ("password", json!("PASSWORD1"), "too common"),
        ("password", json!(12_345_678), "expected a string"),
        ("password", Value::Null, "expected a string"),
        ("email", json!("ada"), "Email"),
        ("email", json!("ada@example.com\r\nBcc: eve@example.com"), "Email"),
        ("name", json!(""), "Name"),
        ("name", json!("Ada\nLovelace"), "Name"),
    ] {
        let message = refused(&with(name, value.clone()));
        assert!(message.contains(why), "{name} {value}: {message}");
    }
}

#[test]
fn debug_shows_no_password() {
    let body: RegisterUser = serde_json::from_value(ada()).unwrap();
    assert!(!format!("{body:?}").contains("analytical"));
}

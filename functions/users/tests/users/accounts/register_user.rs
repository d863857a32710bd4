//! `POST /users`.

use domain::events::{LinkPurpose, UserEvent, UserRegistered};
use edge::Body;
use serde_json::{Value, json};
use users::accounts::register_user::RegisterUser;

use crate::sessions::credentials;
use crate::{Service, ada, code, now};

/// Returns the edge's rejection of a body.
fn refused(body: &Value) -> String {
    let problem = RegisterUser::read(body.to_string().as_bytes(), "POST", &Default::default()).unwrap_err();
    assert_eq!(problem.code(), "invalid_body");
    format!("{problem:?}")
}

fn with(name: &str, value: Value) -> Value {
    let mut body = ada();
    body[name] = value;
    body
}

#[tokio::test]
async fn a_new_address_creates_an_account_with_a_link_and_its_event() {
    let service = Service::start().await;
    let reply = service.register(ada()).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.body()), (202, None));
    let user = service.user("ada@example.com").await;
    insta::assert_json_snapshot!(user, { ".user_id" => "[user]" }, @r#"
    {
      "user_id": "[user]",
      "guest": false,
      "email": "ada@example.com",
      "email_verified": false,
      "name": "Ada Lovelace",
      "locale": "en",
      "marketing": false,
      "roles": [],
      "second_factor": false,
      "created_at": "2026-11-23T10:00:00Z"
    }
    "#);
    let [mailed] = &service.mailed().await[..] else { panic!("one mail") };
    assert_eq!(mailed.link.purpose, LinkPurpose::ConfirmEmail);
    assert_eq!((mailed.link.user_id, mailed.link.email.as_ref()), (user.user_id, "ada@example.com"));
    let registered = UserRegistered { user_id: user.user_id, token_id: Some(mailed.link.token_id) };
    assert_eq!(service.events().await, [UserEvent::Registered(registered).into()]);
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
async fn a_registered_address_gets_the_same_reply_and_a_link_for_its_owner_at_most_three_times_an_hour() {
    let service = Service::start().await;
    let reply = service.register(ada()).await.unwrap();
    let user = service.user("ada@example.com").await;
    let mut again = with("email", json!(" ADA@example.COM "));
    again["password"] = json!("another password");
    again["name"] = json!("Eve");
    for _ in 0..5 {
        let repeated = service.register(again.clone()).await.unwrap();
        assert_eq!(repeated, reply, "nobody learns who is a customer");
    }
    assert_eq!(service.user("ada@example.com").await, user, "the account is as it was");
    assert!(service.log_in(credentials()).await.is_ok(), "and so is its password");
    let mailed = service.mailed().await;
    let resets = mailed.iter().filter(|mailed| mailed.link.purpose == LinkPurpose::ResetPassword).count();
    assert_eq!((mailed.len(), resets), (4, 3), "and the welcome");
    assert!(mailed.iter().all(|mailed| mailed.link.user_id == user.user_id));
}

#[tokio::test]
async fn an_account_is_created_although_others_have_used_up_the_mails_of_its_address() {
    let service = Service::start().await;
    for _ in 0..4 {
        service.forget("ada@example.com", now()).await;
    }
    let user = service.ada().await;
    let welcome = service.newest(LinkPurpose::ConfirmEmail).await.link;
    assert_eq!(welcome.user_id, user.user_id, "and its welcome is sent");
}

#[tokio::test]
async fn registering_and_forgetting_mail_three_links_an_hour_together() {
    let service = Service::start().await;
    service.ada().await;
    for _ in 0..2 {
        service.register(ada()).await.unwrap();
        service.forget("ada@example.com", now()).await;
    }
    let mailed = service.mailed().await;
    let resets = mailed.iter().filter(|mailed| mailed.link.purpose == LinkPurpose::ResetPassword);
    assert_eq!(resets.count(), 3);
}

#[tokio::test]
async fn concurrent_registrations_of_an_address_create_one_account() {
    let service = Service::start().await;
    let all = (0..6).map(|_| service.register(ada()));
    let answers = futures::future::join_all(all).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|reply| reply.status() == 202)));
    assert_eq!((service.rows_of("user").await, service.rows_of("credential").await), (1, 1));
    assert_eq!(service.mailed().await.len(), 4, "a welcome, and three reminders");
}

#[tokio::test]
async fn the_address_as_password_returns_422() {
    let service = Service::start().await;
    let body = with("password", json!("ADA@example.com"));
    assert_eq!(code(service.register(body).await), "422 password_is_email");
    let body = with("password", json!("adalovelace 1815"));
    assert_eq!(code(service.register(body).await), "422 password_is_personal");
    assert_eq!(service.rows_of("keys").await, service.rows().await.len(), "nothing of an account");
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

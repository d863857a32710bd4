use domain::event::{Event, UserRegistered};
use domain::id::UserId;
use domain::person::Role;
use edge::{Anyone, Call, NoBody, Service as ServiceRole, SignedIn};
use serde_json::{Value, json};
use store::outbox;
use users::register_user::RegisterUser;
use users::signing_key::SigningKey;
use users::{get_contact, get_jwks, get_user};

use crate::{Service, ada, code, now, of, signed_in};

fn refused(body: Value) -> String {
    serde_json::from_value::<RegisterUser>(body).unwrap_err().to_string()
}

fn with(name: &str, value: Value) -> Value {
    let mut body = ada();
    body[name] = value;
    body
}

#[tokio::test]
async fn an_account_is_made_with_its_event() {
    let service = Service::start().await;
    let reply = service.register(ada()).await.unwrap();
    assert_eq!(reply.status(), 201);
    let user = reply.body().unwrap();
    assert!(format!("{reply:?}").contains(&format!("/users/{}", user.user_id)), "where it is: {reply:?}");
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

    let table = store::Table::new(service.table.client().clone(), service.table.name());
    let later = now() + jiff::SignedDuration::from_secs(1);
    let waiting = outbox::older_than(&table, later).await.unwrap().events;
    let events: Vec<_> = waiting.into_iter().map(|event| event.unwrap().envelope.event).collect();
    assert_eq!(events, [Event::UserRegistered(UserRegistered { user_id: user.user_id })]);
}

#[tokio::test]
async fn a_password_is_kept_as_a_hash_alone() {
    let service = Service::start().await;
    service.ada().await;
    let rows = service.rows().await.join("\n");
    assert!(!rows.contains("analytical"), "{rows}");
    assert_eq!(rows.matches("$argon2id$v=19$m=19456,t=2,p=1$").count(), 1);
}

#[tokio::test]
async fn one_address_is_one_account() {
    let service = Service::start().await;
    service.ada().await;
    let before = service.rows().await.len();
    let again = with("email", json!(" ADA@example.COM "));
    assert_eq!(code(service.register(again).await), "409 email_taken");
    assert_eq!(service.rows().await.len(), before, "nothing is left behind");
}

#[tokio::test]
async fn of_many_registrations_at_once_one_makes_the_account() {
    let service = Service::start().await;
    let all = (0..6).map(|_| service.register(ada()));
    let answers = futures::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.into_iter().filter(Result::is_err).all(|answer| code(answer) == "409 email_taken"));
    assert_eq!(service.rows_of("outbox").await, 1);
}

#[tokio::test]
async fn the_address_is_no_password() {
    let service = Service::start().await;
    let body = with("password", json!("ADA@example.com"));
    assert_eq!(code(service.register(body).await), "422 password_is_email");
    assert!(service.rows().await.is_empty());
}

#[test]
fn nobody_asks_for_a_role() {
    for (name, value) in [("roles", json!(["admin"])), ("admin", json!(true)), ("user_id", json!("usr_1"))] {
        assert!(refused(with(name, value)).contains("unknown field"), "{name}");
    }
}

#[test]
fn a_body_that_is_not_right_is_refused() {
    let long = "x".repeat(129);
    for (name, value, why) in [
        ("password", json!("seven77"), "8 to 128"),
        ("password", json!(long), "8 to 128"),
        ("password", json!("PASSWORD1"), "most used"),
        ("password", json!(12_345_678), "expected a string"),
        ("password", Value::Null, "expected a string"),
        ("email", json!("ada"), "Email"),
        ("email", json!("ada@example.com\r\nBcc: eve@example.com"), "Email"),
        ("name", json!(""), "Name"),
        ("name", json!("Ada\nLovelace"), "Name"),
    ] {
        let message = refused(with(name, value.clone()));
        assert!(message.contains(why), "{name} {value}: {message}");
    }
}

#[test]
fn a_registration_is_not_shown_with_its_password() {
    let body: RegisterUser = serde_json::from_value(ada()).unwrap();
    assert!(!format!("{body:?}").contains("analytical"));
}

#[tokio::test]
async fn users_see_themselves_and_admins_see_everyone() {
    let service = Service::start().await;
    let user = service.ada().await;
    let show = |caller: SignedIn, id: String| get_user(service.users.clone(), of(caller, id));
    for id in [user.user_id.to_string(), "me".to_owned()] {
        let reply = show(signed_in(user.user_id), id).await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body()), (200, Some(&user)));
    }
    let admin = SignedIn { roles: vec![Role::Admin], ..signed_in(UserId::from_parts(0, 9)) };
    assert_eq!(show(admin, user.user_id.to_string()).await.unwrap().body(), Some(&user));
}

#[tokio::test]
async fn another_account_and_none_are_the_same() {
    let service = Service::start().await;
    let user = service.ada().await;
    let nobody = UserId::from_parts(0, 5);
    let eve = signed_in(UserId::from_parts(0, 6));
    let admin = SignedIn { roles: vec![Role::Admin], ..eve.clone() };
    let cases = [
        (eve.clone(), user.user_id.to_string()),
        (eve.clone(), nobody.to_string()),
        (eve.clone(), "me".to_owned()),
        (eve, "usr_not-an-id".to_owned()),
        (admin.clone(), nobody.to_string()),
        (admin, "Me".to_owned()),
    ];
    for (caller, id) in cases {
        let answer = get_user(service.users.clone(), of(caller, &id)).await;
        assert_eq!(code(answer), "404 user_not_found", "{id}");
    }
}

#[tokio::test]
async fn a_service_learns_how_to_reach_a_user() {
    let service = Service::start().await;
    let user = service.ada().await;
    let ask = |id: String| {
        let caller =
            ServiceRole { arn: "arn:aws:sts::000000000000:assumed-role/send-notification/1".to_owned() };
        get_contact(service.users.clone(), Call::new(caller, NoBody, now()).with_path("user_id", id))
    };
    let reply = ask(user.user_id.to_string()).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "name": "Ada Lovelace",
      "email": "ada@example.com"
    }
    "#);
    assert_eq!(code(ask(UserId::from_parts(0, 5).to_string()).await), "404 user_not_found");
    assert_eq!(code(ask("me".to_owned()).await), "404 not_found");
}

#[tokio::test]
async fn the_key_set_has_the_public_half_alone() {
    let key = SigningKey::derive(&"a secret that is as long as one of the template's own".into()).unwrap();
    let reply = get_jwks(key, Call::new(Anyone, NoBody, now())).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "keys": [
        {
          "use": "sig",
          "alg": "EdDSA",
          "kid": "6l6_xfTHlKsXKT9kD-J0j72mXNPCSW7sA_e-384aitA",
          "kty": "OKP",
          "crv": "Ed25519",
          "x": "5rt6lWyBxk4RZKt76ULW9_LwCNXASrBDummOE9LBsy4"
        }
      ]
    }
    "#);
}

use domain::person::Role;
use edge::authorizer::Credential;
use edge::{Anyone, Call, Problem, Reply};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use users::tokens::Tokens;
use users::{authorize_request, log_in, refresh_session};

use crate::{Service, code, now, public, read};

impl Service {
    async fn log_in(&self, body: Value) -> Result<Reply<Tokens>, Problem> {
        log_in((self.users.clone(), self.access.clone()), public(body)).await
    }

    async fn refresh(&self, token: &str, now: Timestamp) -> Result<Reply<Tokens>, Problem> {
        let call = Call::new(Anyone, read(json!({ "refresh_token": token })), now);
        refresh_session((self.users.clone(), self.access.clone()), call).await
    }

    /// A refresh token of a new session of Ada's.
    async fn session(&self) -> String {
        self.ada().await;
        refresh_token(&self.log_in(credentials()).await.unwrap())
    }
}

fn credentials() -> Value {
    json!({ "email": "ada@example.com", "password": "the analytical engine" })
}

fn refresh_token(reply: &Reply<Tokens>) -> String {
    reply.body().unwrap().refresh_token.expose_secret().to_owned()
}

fn bearer(reply: &Reply<Tokens>, now: Timestamp) -> Credential {
    let token = reply.body().unwrap().access_token.expose_secret();
    Credential { authorization: format!("Bearer {token}"), now }
}

fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn signing_in_gives_tokens_that_the_authorizer_takes() {
    let service = Service::start().await;
    let user = service.ada().await;
    let reply = service.log_in(credentials()).await.unwrap();
    assert_eq!(reply.status(), 200);
    let shown = json!(reply.body().unwrap());
    assert_eq!(
        (&shown["token_type"], &shown["expires_in"], &shown["user_id"]),
        (&json!("Bearer"), &json!(600), &json!(user.user_id))
    );
    assert_eq!(shown.as_object().unwrap().len(), 5);
    let who = authorize_request(service.verifier.clone(), bearer(&reply, now())).await.unwrap();
    assert_eq!((who.user_id, who.roles), (user.user_id, vec![]));
    assert!(refresh_token(&reply).starts_with(&who.session_id.to_string()));
    let late = authorize_request(service.verifier.clone(), bearer(&reply, later(10))).await;
    assert_eq!(late, Err(users::access_token::TokenRefusal::Expired));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let service = Service::start().await;
    service.ada().await;
    let before = service.rows().await.len();
    for (email, password) in [
        ("ada@example.com", "The analytical engine"),
        ("ada@example.com", ""),
        ("eve@example.com", "the analytical engine"),
        ("eve@example.com", ""),
    ] {
        let answer = service.log_in(json!({ "email": email, "password": password })).await;
        assert_eq!(code(answer), "401 invalid_credentials", "{email} {password}");
    }
    assert_eq!(service.rows().await.len(), before, "no session was begun");
}

#[tokio::test]
async fn an_address_is_known_in_every_case() {
    let service = Service::start().await;
    service.ada().await;
    let body = json!({ "email": "ADA@EXAMPLE.COM", "password": "the analytical engine" });
    assert!(service.log_in(body).await.is_ok());
}

#[tokio::test]
async fn tokens_are_kept_as_hashes_and_shown_to_nobody() {
    let service = Service::start().await;
    service.ada().await;
    let reply = service.log_in(credentials()).await.unwrap();
    let secret = refresh_token(&reply).split_once('.').unwrap().1.to_owned();
    let rows = service.rows().await.join("\n");
    assert!(!rows.contains(&secret) && !format!("{reply:?}").contains(&secret));
    assert_eq!(service.rows_of("session").await, 1);
}

#[tokio::test]
async fn a_session_goes_on_with_a_new_token_each_time() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = service.refresh(&first, later(9)).await.unwrap();
    let third = service.refresh(&refresh_token(&second), later(18)).await.unwrap();
    assert_ne!(refresh_token(&second), first);
    assert_ne!(refresh_token(&third), refresh_token(&second));
    let who = authorize_request(service.verifier.clone(), bearer(&third, later(27))).await.unwrap();
    assert!(first.starts_with(&who.session_id.to_string()), "the session is the same");
    assert_eq!(service.rows_of("session").await, 1);
}

#[tokio::test]
async fn a_token_that_is_used_twice_ends_the_session_for_everyone() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = refresh_token(&service.refresh(&first, later(1)).await.unwrap());
    let third = refresh_token(&service.refresh(&second, later(2)).await.unwrap());
    for token in [&first, &third, &second, &first] {
        assert_eq!(code(service.refresh(token, later(3)).await), "401 session_revoked");
    }
    assert!(service.log_in(credentials()).await.is_ok(), "a new session is not touched");
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_wins_and_the_session_ends() {
    let service = Service::start().await;
    let first = service.session().await;
    let both =
        futures::future::join(service.refresh(&first, later(1)), service.refresh(&first, later(1))).await;
    let (won, lost) = match both {
        (Ok(won), lost) => (won, lost),
        (lost, Ok(won)) => (won, lost),
        (one, other) => panic!("nobody won: {one:?}, {other:?}"),
    };
    assert_eq!(code(lost), "401 session_revoked");
    let winners = service.refresh(&refresh_token(&won), later(2)).await;
    assert_eq!(code(winners), "401 session_revoked", "thief or owner, both sign in again");
}

#[tokio::test]
async fn a_session_lasts_thirty_days_at_most() {
    let service = Service::start().await;
    let first = service.session().await;
    let days = |days: i64| now() + SignedDuration::from_hours(days * 24);
    let second = refresh_token(&service.refresh(&first, days(29)).await.unwrap());
    assert_eq!(code(service.refresh(&second, days(30)).await), "401 invalid_refresh_token");
}

#[tokio::test]
async fn what_is_no_token_of_a_session_changes_nothing() {
    let service = Service::start().await;
    let good = service.session().await;
    let (session_id, secret) = good.split_once('.').unwrap();
    let forged = format!("{session_id}.{}", "A".repeat(secret.len()));
    let elsewhere = format!("ses_01ARZ3NDEKTSV4RRFFQ69G5FAV.{secret}");
    let cut = &good[..good.len() - 4];
    for token in ["", "token", session_id, &forged, &elsewhere, cut] {
        let answer = service.refresh(token, later(1)).await;
        assert_eq!(code(answer), "401 invalid_refresh_token", "{token}");
    }
    assert!(service.refresh(&good, later(2)).await.is_ok(), "the session goes on");
}

#[tokio::test]
async fn a_role_applies_from_the_next_refresh() {
    let service = Service::start().await;
    let user = service.ada().await;
    let first = refresh_token(&service.log_in(credentials()).await.unwrap());
    service.make_admin(user.user_id).await;
    let reply = service.refresh(&first, later(1)).await.unwrap();
    let who = authorize_request(service.verifier.clone(), bearer(&reply, later(1))).await.unwrap();
    assert_eq!(who.roles, [Role::Admin]);
    let again = service.log_in(credentials()).await.unwrap();
    let who = authorize_request(service.verifier.clone(), bearer(&again, now())).await.unwrap();
    assert_eq!(who.roles, [Role::Admin]);
}

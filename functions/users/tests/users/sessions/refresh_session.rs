//! `POST /sessions/refresh`.

use domain::words::person::Role;
use jiff::SignedDuration;
use telemetry::Published;
use users::keys::authorize_request;

use crate::sessions::{bearer, credentials, later, refresh_token, seconds_later};
use crate::{Service, code, now};

#[tokio::test]
async fn the_newest_token_returns_a_new_pair_of_the_same_session() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = service.refresh(&first, later(9)).await.unwrap();
    let third = service.refresh(&refresh_token(&second), later(18)).await.unwrap();
    assert_ne!(refresh_token(&second), first);
    assert_ne!(refresh_token(&third), refresh_token(&second));
    let who = authorize_request(service.authorizer.clone(), bearer(&third, later(27))).await.unwrap();
    assert!(first.starts_with(&who.session_id.to_string()), "the session is the same");
    assert_eq!(service.rows_of("session").await, 1);
}

#[tokio::test]
async fn a_token_used_twice_revokes_the_session() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = refresh_token(&service.refresh(&first, later(1)).await.unwrap());
    let third = refresh_token(&service.refresh(&second, later(2)).await.unwrap());
    for token in [&first, &third, &second, &first] {
        assert_eq!(code(service.refresh(token, later(3)).await), "401 session_revoked");
    }
    assert!(service.log_in(credentials()).await.is_ok(), "a new session is not affected");
}

#[tokio::test]
async fn a_repeated_request_returns_the_same_refresh_token() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = refresh_token(&service.refresh(&first, later(1)).await.unwrap());
    let repeated = service.refresh(&first, later(1) + SignedDuration::from_secs(29)).await.unwrap();
    assert_eq!(refresh_token(&repeated), second);
    let who = authorize_request(service.authorizer.clone(), bearer(&repeated, later(2))).await.unwrap();
    assert!(first.starts_with(&who.session_id.to_string()));
    assert!(service.refresh(&second, later(2)).await.is_ok(), "the session continues");
}

#[tokio::test]
async fn a_request_repeated_too_late_revokes_the_session() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = refresh_token(&service.refresh(&first, now()).await.unwrap());
    assert_eq!(code(service.refresh(&first, seconds_later(30)).await), "401 session_revoked");
    assert_eq!(code(service.refresh(&second, seconds_later(31)).await), "401 session_revoked");
}

#[tokio::test]
async fn a_token_whose_successor_was_used_revokes_the_session() {
    let service = Service::start().await;
    let first = service.session().await;
    let second = refresh_token(&service.refresh(&first, now()).await.unwrap());
    let third = refresh_token(&service.refresh(&second, now()).await.unwrap());
    let published = Published::from_now();
    assert_eq!(code(service.refresh(&first, now()).await), "401 session_revoked");
    assert_eq!(published.take(), ["RefreshTokensReused=1"]);
    assert_eq!(
        code(service.refresh(&third, now()).await),
        "401 session_revoked",
        "thief or owner, both sign in again"
    );
}

#[tokio::test]
async fn concurrent_refreshes_return_the_same_refresh_token() {
    let service = Service::start().await;
    let first = service.session().await;
    let tabs = futures::future::join_all((0..4).map(|_| service.refresh(&first, later(1)))).await;
    let tokens: Vec<String> = tabs.into_iter().map(|reply| refresh_token(&reply.unwrap())).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert!(service.refresh(&tokens[0], later(2)).await.is_ok(), "the session continues");
}

#[tokio::test]
async fn a_session_ends_after_thirty_days() {
    let service = Service::start().await;
    let first = service.session().await;
    let days = |days: i64| now() + SignedDuration::from_hours(days * 24);
    let second = refresh_token(&service.refresh(&first, days(29)).await.unwrap());
    assert_eq!(code(service.refresh(&second, days(30)).await), "401 invalid_refresh_token");
}

#[tokio::test]
async fn a_forged_token_returns_401_and_changes_nothing() {
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
    assert!(service.refresh(&good, later(2)).await.is_ok(), "the session continues");
}

#[tokio::test]
async fn a_new_role_applies_from_the_next_refresh() {
    let service = Service::start().await;
    let (caller, _, codes) = service.ada_with_app().await;
    let first = service.sign_in_with(&codes[0], now()).await.unwrap();
    service.make_admin(caller.user_id).await;
    let reply = service.refresh(&refresh_token(&first), later(1)).await.unwrap();
    let who = authorize_request(service.authorizer.clone(), bearer(&reply, later(1))).await.unwrap();
    assert_eq!(who.roles, [Role::Admin]);
    let again = service.sign_in_with(&codes[1], now()).await.unwrap();
    let who = authorize_request(service.authorizer.clone(), bearer(&again, now())).await.unwrap();
    assert_eq!(who.roles, [Role::Admin]);
}

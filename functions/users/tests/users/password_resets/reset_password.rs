//! `POST /password-resets/confirmation`.

use domain::events::{LinkPurpose, PasswordChanged, UserEvent};
use serde_json::json;

use crate::mailed::altered;
use crate::sessions::{credentials, later, refresh_token};
use crate::{Service, code, now};

const NEW: &str = "a wholly different engine";

/// Ada, who has forgotten her password, and the token that she was mailed.
async fn forgetful(service: &Service) -> String {
    service.ada().await;
    service.forget("ada@example.com", now()).await;
    service.newest(LinkPurpose::ResetPassword).await.token
}

#[tokio::test]
async fn the_new_password_signs_in_and_the_old_one_does_not() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    let reply = service.reset(&token, NEW, later(1)).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.body()), (204, None));
    let log_in = |password: &str| service.log_in(json!({ "email": "ada@example.com", "password": password }));
    assert_eq!(code(log_in("the analytical engine").await), "401 invalid_credentials");
    assert!(log_in(NEW).await.is_ok());
    let user = service.user("ada@example.com").await;
    assert!(user.email_verified, "whoever opens the link reads the address's mails");
    let changed = UserEvent::PasswordChanged(PasswordChanged { user_id: user.user_id });
    assert_eq!(service.events().await.pop(), Some(changed.into()));
}

#[tokio::test]
async fn every_session_from_before_ends() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    let before = service.log_in(credentials()).await.unwrap();
    service.reset(&token, NEW, later(1)).await.unwrap();
    let refreshed = service.refresh(&refresh_token(&before), later(2)).await;
    assert_eq!(code(refreshed), "401 session_revoked");
}

/// Whoever signs in with the old password while the new one is being written: later than the reset began.
#[tokio::test]
async fn a_session_that_starts_with_the_old_password_during_the_reset_ends_too() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    let during = service.log_in_at(later(2), credentials()).await.unwrap();
    service.reset(&token, NEW, later(1)).await.unwrap();
    let refreshed = service.refresh(&refresh_token(&during), later(3)).await;
    assert_eq!(code(refreshed), "401 session_revoked");
}

#[tokio::test]
async fn a_new_password_makes_the_other_links_invalid() {
    let service = Service::start().await;
    let first = forgetful(&service).await;
    service.forget("ada@example.com", later(1)).await;
    let second = service.newest(LinkPurpose::ResetPassword).await.token;
    assert_ne!(first, second);
    service.reset(&second, NEW, later(2)).await.unwrap();
    let refused = service.reset(&first, "the engine of an intruder", later(3)).await;
    assert_eq!(code(refused), "404 link_invalid");
    assert!(service.log_in(json!({ "email": "ada@example.com", "password": NEW })).await.is_ok());
}

#[tokio::test]
async fn a_link_is_good_for_one_password_within_half_an_hour() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    assert_eq!(code(service.reset(&token, NEW, later(30)).await), "404 link_invalid", "too late");
    let all = (0..3).map(|_| service.reset(&token, NEW, later(29)));
    let answers = futures::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.into_iter().filter(Result::is_err).all(|answer| code(answer) == "404 link_invalid"));
    assert_eq!(code(service.reset(&token, NEW, later(29)).await), "404 link_invalid", "used");
}

#[tokio::test]
async fn any_other_token_is_refused_alike_and_changes_nothing() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    let welcome = service.newest(LinkPurpose::ConfirmEmail).await.token;
    service.forget("eve@example.com", later(1)).await;
    let nobodys = service.newest_to("eve@example.com", LinkPurpose::ResetPassword).await.token;
    for bad in ["", "tok_01KAQV8T00ADA0000000000008.AAAA", &welcome, &nobodys, &altered(&token)] {
        assert_eq!(code(service.reset(bad, NEW, later(2)).await), "404 link_invalid", "{bad}");
    }
    assert!(service.log_in(credentials()).await.is_ok(), "the password has not changed");
    assert!(service.reset(&token, NEW, later(2)).await.is_ok(), "and the link can still be used");
}

#[tokio::test]
async fn the_address_as_password_returns_422_and_the_link_can_be_used_again() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    let refused = service.reset(&token, " Ada@Example.com", later(1)).await;
    assert_eq!(code(refused), "422 password_is_email");
    // The first is seen in the link, the second only in the account.
    for personal in ["ada@example 2026", "Lovelace 2026"] {
        let refused = service.reset(&token, personal, later(1)).await;
        assert_eq!(code(refused), "422 password_is_personal", "{personal}");
    }
    assert!(service.reset(&token, NEW, later(1)).await.is_ok());
}

#[tokio::test]
async fn a_link_to_an_address_that_is_another_accounts_by_now_is_refused() {
    let service = Service::start().await;
    let token = forgetful(&service).await;
    service.delete("EMAIL#ada@example.com", "CREDENTIAL").await;
    service.ada().await;
    assert_eq!(code(service.reset(&token, NEW, later(1)).await), "404 link_invalid");
    assert!(service.log_in(credentials()).await.is_ok());
}

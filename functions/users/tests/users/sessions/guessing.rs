//! Passwords that somebody guesses, while the user signs in.

use edge::{Problem, Reply};
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use users::sessions::log_in::LoggedIn;

use crate::sessions::{credentials, later, seconds_later, text};
use crate::{Service, code, now, retry_after};

const ADA: &str = "ada@example.com";

/// What a guess is answered with.
const WRONG: &str = "401 invalid_credentials";
const ENOUGH: &str = "429 too_many_tries";

async fn guess(service: &Service, email: &str, now: Timestamp) -> String {
    code(service.log_in_at(now, json!({ "email": email, "password": "a difference engine" })).await)
}

fn with_device(token: &str) -> Value {
    let mut body = credentials();
    body["device_token"] = json!(token);
    body
}

fn device_token(reply: &Reply<LoggedIn>) -> String {
    text(reply, "device_token")
}

/// Ada, who has signed in on a device before.
async fn ada(service: &Service) -> String {
    service.ada().await;
    device_token(&service.log_in(credentials()).await.unwrap())
}

#[tokio::test]
async fn the_eleventh_guess_waits_a_quarter_of_an_hour_whether_or_not_there_is_an_account() {
    let service = Service::start().await;
    service.ada().await;
    for email in [ADA, "eve@example.com"] {
        for _ in 0..10 {
            assert_eq!(guess(&service, email, now()).await, WRONG, "{email}");
        }
        for late in [now(), later(14), seconds_later(15 * 60 - 1)] {
            assert_eq!(guess(&service, email, late).await, ENOUGH, "{email} {late}");
        }
        assert_eq!(
            guess(&service, email, later(15)).await,
            WRONG,
            "{email}: waiting does not extend the wait"
        );
    }
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait_and_not_whether_the_password_was_right() {
    let service = Service::start().await;
    service.ada().await;
    for _ in 0..10 {
        guess(&service, ADA, now()).await;
    }
    let refused: Vec<Problem> = join_all([
        service.log_in_at(later(5), credentials()),
        service.log_in_at(later(5), json!({ "email": ADA, "password": "wrong" })),
    ])
    .await
    .into_iter()
    .map(Result::unwrap_err)
    .collect();
    let shown: Vec<String> = refused.iter().map(|problem| format!("{problem:?}")).collect();
    assert_eq!(shown[0], shown[1]);
    assert_eq!(retry_after(&refused[0]), Some(600));
}

#[tokio::test]
async fn guesses_that_arrive_together_are_counted_one_after_another() {
    let service = Service::start().await;
    service.ada().await;
    let answers = join_all((0..40).map(|_| guess(&service, ADA, now()))).await;
    let wrong = answers.iter().filter(|answer| *answer == WRONG).count();
    assert!(wrong <= 10, "{answers:?}");
    assert_eq!(guess(&service, ADA, now()).await, if wrong == 10 { ENOUGH } else { WRONG });
}

#[tokio::test]
async fn the_user_signs_in_on_a_known_device_while_a_thousand_others_guess() {
    let service = Service::start().await;
    let token = ada(&service).await;
    // Each of them pretends to be a device of its own.
    let forged = |number: u32| format!("dev_01KAQV8T00ADA{number:013}.{}", token.split_once('.').unwrap().1);
    for number in 0..1_000 {
        let mut body = with_device(&forged(number));
        body["password"] = json!("a difference engine");
        let expected = if number < 10 { WRONG } else { ENOUGH };
        assert_eq!(code(service.log_in(body).await), expected, "{number}");
        if number % 250 == 0 {
            assert!(service.log_in(with_device(&token)).await.is_ok());
        }
    }
    assert_eq!(code(service.log_in(credentials()).await), ENOUGH, "on a new device, the user waits");
    assert!(service.log_in(with_device(&token)).await.is_ok());
}

#[tokio::test]
async fn a_known_device_has_ten_tries_of_its_own() {
    let service = Service::start().await;
    let token = ada(&service).await;
    let mut wrong = with_device(&token);
    wrong["password"] = json!("a difference engine");
    for _ in 0..10 {
        assert_eq!(code(service.log_in(wrong.clone()).await), WRONG);
    }
    assert_eq!(code(service.log_in(with_device(&token)).await), ENOUGH);
    assert!(service.log_in(credentials()).await.is_ok(), "as a stranger");
}

#[tokio::test]
async fn signing_in_is_not_counted_and_a_device_keeps_its_name() {
    let service = Service::start().await;
    let token = ada(&service).await;
    for _ in 0..12 {
        assert!(service.log_in(credentials()).await.is_ok());
        let again = service.log_in(with_device(&token)).await.unwrap();
        assert_eq!(device_token(&again), token);
    }
}

#[tokio::test]
async fn another_users_device_is_a_stranger() {
    let service = Service::start().await;
    ada(&service).await;
    let eve = json!({ "email": "eve@example.com", "name": "Eve", "password": "the other engine" });
    service.register(eve).await.unwrap();
    let eve = json!({ "email": "eve@example.com", "password": "the other engine" });
    let of_eve = device_token(&service.log_in(eve).await.unwrap());
    for _ in 0..10 {
        guess(&service, ADA, now()).await;
    }
    assert_eq!(code(service.log_in(with_device(&of_eve)).await), ENOUGH);
}

#[tokio::test]
async fn whoever_resets_the_password_gets_in_on_a_new_device() {
    let service = Service::start().await;
    let token = ada(&service).await;
    for _ in 0..10 {
        guess(&service, ADA, now()).await;
    }
    service.forget(ADA, now()).await;
    let link = service.newest(domain::events::LinkPurpose::ResetPassword).await.token;
    service.reset(&link, "a wholly different engine", now()).await.unwrap();
    let mut renewed = with_device(&token);
    renewed["password"] = json!("a wholly different engine");
    let reply = service.log_in(renewed).await.unwrap();
    assert_ne!(device_token(&reply), token, "a new password makes every device a stranger");
}

//! `POST /sessions/second-factor`.

use domain::words::person::Role;
use edge::{Problem, Reply};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use telemetry::Published;
use users::keys::authorize_request;
use users::sessions;
use users::sessions::tokens::Tokens;

use crate::second_factor::steps_later;
use crate::sessions::{bearer, credentials, later, refresh_token, text};
use crate::{Service, code, now, public_at};

impl Service {
    pub async fn challenge(&self, now: Timestamp) -> String {
        text(&self.log_in_at(now, credentials()).await.unwrap(), "challenge")
    }

    pub async fn complete(
        &self,
        challenge: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Reply<Tokens>, Problem> {
        self.complete_with(json!({ "challenge": challenge, "code": code }), now).await
    }

    pub async fn complete_with(&self, body: Value, now: Timestamp) -> Result<Reply<Tokens>, Problem> {
        let with = (self.tokens.clone(), self.totp.clone(), self.users.clone());
        sessions::complete_log_in(with, public_at(now, body)).await
    }

    pub async fn sign_in_with(&self, code: &str, now: Timestamp) -> Result<Reply<Tokens>, Problem> {
        let challenge = self.challenge(now).await;
        self.complete(&challenge, code, now).await
    }
}

#[tokio::test]
async fn the_password_alone_returns_a_challenge_and_no_token() {
    let service = Service::start().await;
    service.ada_with_app().await;
    let sessions = service.rows_of("session").await;
    let reply = service.log_in(credentials()).await.unwrap();
    assert_eq!(reply.status(), 202);
    let shown = json!(reply.body().unwrap());
    assert_eq!((&shown["expires_in"], &shown["methods"]), (&json!(300), &json!(["totp", "recovery_code"])));
    assert_eq!(shown.as_object().unwrap().len(), 3);
    assert_eq!(service.rows_of("session").await, sessions);
    let secret = text(&reply, "challenge").split_once('.').unwrap().1.to_owned();
    assert!(!service.rows().await.join("\n").contains(&secret));
}

#[tokio::test]
async fn the_next_code_starts_a_session_that_can_be_refreshed_and_says_how() {
    let service = Service::start().await;
    let (caller, app, _) = service.ada_with_app().await;
    let reply = service.sign_in_with(&app.code(steps_later(1)), steps_later(1)).await.unwrap();
    let who = authorize_request(service.authorizer.clone(), bearer(&reply, steps_later(1))).await.unwrap();
    assert_eq!(who.user_id, caller.user_id);
    assert!(text(&reply, "device_token").starts_with("dev_"));
    let refreshed = service.refresh(&refresh_token(&reply), later(9)).await.unwrap();
    let access = bearer(&refreshed, later(9)).authorization;
    let claims: Value = {
        use base64::Engine;
        let part = access.split('.').nth(1).unwrap();
        serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap())
            .unwrap()
    };
    assert_eq!(
        (&claims["amr"], &claims["auth_time"]),
        (&json!(["pwd", "otp"]), &json!(steps_later(1).as_second()))
    );
}

#[tokio::test]
async fn roles_enter_a_token_only_with_the_second_factor() {
    let service = Service::start().await;
    let (caller, app, _) = service.ada_with_app().await;
    service.make_admin(caller.user_id).await;
    let roles =
        async |credential| authorize_request(service.authorizer.clone(), credential).await.unwrap().roles;
    let reply = service.sign_in_with(&app.code(steps_later(1)), steps_later(1)).await.unwrap();
    assert_eq!(roles(bearer(&reply, steps_later(1))).await, [Role::Admin]);
    let refreshed = service.refresh(&refresh_token(&reply), later(9)).await.unwrap();
    assert_eq!(roles(bearer(&refreshed, later(9))).await, [Role::Admin]);

    service
        .register(json!({ "email": "eve@example.com", "name": "Eve", "password": "the analytical engine" }))
        .await
        .unwrap();
    let eve = service.user("eve@example.com").await;
    service.make_admin(eve.user_id).await;
    let alone = service.device_of("eve@example.com").await;
    assert_eq!(alone.caller.roles, []);
    let refreshed = service.refresh(&alone.refresh_token, later(9)).await.unwrap();
    assert_eq!(roles(bearer(&refreshed, later(9))).await, []);
}

#[tokio::test]
async fn a_code_is_good_once_also_for_two_sign_ins_at_once() {
    let service = Service::start().await;
    let (_, app, _) = service.ada_with_app().await;
    let time = steps_later(1);
    let (one, two) = (service.challenge(time).await, service.challenge(time).await);
    let code = app.code(time);
    let (one, two) = tokio::join!(service.complete(&one, &code, time), service.complete(&two, &code, time));
    let codes =
        [one, two].map(|answer| answer.map_or_else(|problem| problem.code().to_owned(), |_| "ok".to_owned()));
    assert!(codes.contains(&"ok".to_owned()) && codes.contains(&"code_wrong".to_owned()), "{codes:?}");
    let again = service.sign_in_with(&code, time).await;
    assert_eq!(crate::code(again), "401 code_wrong");
    let earlier = service.sign_in_with(&app.code(now()), time).await;
    assert_eq!(crate::code(earlier), "401 code_wrong", "an older code than one that was used");
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let service = Service::start().await;
    let (_, _, codes) = service.ada_with_app().await;
    service.sign_in_with(&codes[0].to_lowercase().replace('-', " "), now()).await.unwrap();
    assert_eq!(code(service.sign_in_with(&codes[0], now()).await), "401 code_wrong");
    service.sign_in_with(&codes[9], now()).await.unwrap();
}

#[tokio::test]
async fn a_challenge_takes_five_codes_for_five_minutes_once() {
    let service = Service::start().await;
    let (_, app, codes) = service.ada_with_app().await;
    let late = now() + SignedDuration::from_mins(5);
    let challenge = service.challenge(now()).await;
    assert_eq!(code(service.complete(&challenge, &app.code(late), late).await), "401 challenge_invalid");
    let wrong = app.wrong_code(now());
    for tried in 0..5 {
        assert_eq!(code(service.complete(&challenge, &wrong, now()).await), "401 code_wrong", "{tried}");
    }
    assert_eq!(
        code(service.complete(&challenge, &codes[0], now()).await),
        "401 challenge_invalid",
        "the sixth"
    );
    let challenge = service.challenge(now()).await;
    service.complete(&challenge, &codes[0], now()).await.unwrap();
    assert_eq!(
        code(service.complete(&challenge, &codes[1], now()).await),
        "401 challenge_invalid",
        "completed"
    );
}

#[tokio::test]
async fn an_account_takes_ten_wrong_codes_in_a_quarter_of_an_hour() {
    let service = Service::start().await;
    let (_, app, codes) = service.ada_with_app().await;
    let published = Published::from_now();
    let wrong = app.wrong_code(now());
    for tried in 0..10 {
        assert_eq!(code(service.sign_in_with(&wrong, now()).await), "401 code_wrong", "{tried}");
    }
    assert_eq!(published.take(), ["LogInsRefused=1"; 10]);
    assert_eq!(code(service.sign_in_with(&codes[0], later(14)).await), "429 too_many_codes");
    service.sign_in_with(&codes[0], later(15)).await.unwrap();
}

#[tokio::test]
async fn an_altered_challenge_is_refused() {
    let service = Service::start().await;
    let (_, _, codes) = service.ada_with_app().await;
    let challenge = service.challenge(now()).await;
    let (id, secret) = challenge.split_once('.').unwrap();
    let first = if secret.starts_with('A') { "B" } else { "A" };
    for bad in [
        String::new(),
        id.to_owned(),
        format!("{id}.{first}{}", &secret[1..]),
        format!("chl_00000000000000000000000001.{secret}"),
        format!("{challenge}A"),
        "x".repeat(10_000),
    ] {
        assert_eq!(
            code(service.complete(&bad, &codes[0], now()).await),
            "401 challenge_invalid",
            "{bad:.40}"
        );
    }
    service.complete(&challenge, &codes[0], now()).await.expect("others do not use up its tries");
}

#[tokio::test]
async fn a_challenge_ends_with_the_password_and_with_all_sessions() {
    let service = Service::start().await;
    let (caller, _, codes) = service.ada_with_app().await;
    let challenge = service.challenge(now()).await;
    let passwords = json!({
        "current_password": "the analytical engine", "new_password": "the difference engine",
    });
    let call = edge::Call::new(edge::Account(caller.clone()), crate::read(passwords), now());
    users::accounts::change_password(service.users.clone(), call).await.unwrap();
    assert_eq!(code(service.complete(&challenge, &codes[0], now()).await), "401 challenge_invalid");
    assert_eq!(service.rows_of("session").await, 1);

    let body = json!({ "email": "ada@example.com", "password": "the difference engine" });
    let challenge = text(&service.log_in_at(now(), body).await.unwrap(), "challenge");
    let call = edge::Call::new(caller, edge::NoBody, steps_later(1)).with_path("session_id", "all");
    sessions::end_session(service.users.clone(), call).await.unwrap();
    let late = service.complete(&challenge, &codes[0], steps_later(2)).await;
    assert_eq!(code(late), "401 challenge_invalid", "all sessions were ended meanwhile");
}

//! `rotate-signing-key`.

use std::collections::BTreeSet;

use domain::users::User;
use domain::users::session::{Session, TokenHash, TokenHashes};
use domain::words::id::SessionId;
use edge::authorizer::Credential;
use edge::schedule::Tick;
use edge::{Anyone, Call, Cause, NoBody, SignedIn};
use engines::aws::Service as Aws;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use telemetry::Published;
use users::keys::authorize_request::Authorizer;
use users::keys::signing_key::SigningKey;
use users::keys::{authorize_request, get_jwks, rotate_signing_key};
use users::sessions::access_token::{AccessTokens, RolesNeed, TokenRefusal};
use users::sessions::tokens::TokenIssuer;

use crate::sessions::{bearer, refresh_token};
use crate::{ISSUER, SECRET, Service, now};

impl Service {
    pub async fn rotate(&self, tick: Tick) -> Result<(), String> {
        let with = (self.signing_secret.clone(), self.users.clone());
        rotate_signing_key(with, tick).await.map_err(|failure| failure.to_string())
    }

    /// Takes a step that is not due.
    async fn step(&self, step: &str, now: Timestamp) -> Result<(), String> {
        let detail = json!({ "step": step });
        self.rotate(tick(now).asked(detail.as_object().unwrap().clone())).await
    }

    /// Returns the ids of the keys that clients get.
    async fn key_ids(&self) -> Vec<String> {
        let reply = get_jwks(self.users.clone(), Call::new(Anyone, NoBody, now())).await.unwrap();
        let keys = reply.body().unwrap().keys.clone();
        keys.into_iter().map(|key| key.common.key_id.unwrap()).collect()
    }

    /// Lets the first key sign since `since`: the engine's own clock is the machine's.
    async fn signs_since(&self, since: Timestamp) {
        let keys = json!({ "signing": { "key": SECRET, "since": since } });
        let secret = json!({ "v": 2, "successors": SECRET, "keys": keys });
        self.put_secret(&secret).await;
    }

    async fn put_secret(&self, secret: &Value) {
        let request = json!({ "SecretId": "SigningSecret", "SecretString": secret.to_string() });
        self.table.endpoint().call(Aws::SecretsManager, "PutSecretValue", &request).await.unwrap();
    }

    async fn secret(&self) -> Value {
        let request = json!({ "SecretId": "SigningSecret" });
        let found =
            self.table.endpoint().call(Aws::SecretsManager, "GetSecretValue", &request).await.unwrap();
        serde_json::from_str(found["SecretString"].as_str().unwrap()).unwrap()
    }

    /// Returns the account of a session's user.
    async fn account(&self) -> User {
        let email = "ada@example.com".parse().unwrap();
        let credential = self.users.credential(&email).await.unwrap().unwrap();
        self.users.get(credential.value.user_id).await.unwrap().unwrap().value
    }

    async fn authorized(&self, credential: Credential) -> Result<SignedIn, TokenRefusal> {
        authorize_request(self.authorizer.clone(), credential).await
    }
}

fn tick(now: Timestamp) -> Tick {
    Tick::new(now, Cause::new("test"))
}

fn hours(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn session(user: &User, now: Timestamp) -> Session {
    let token = TokenHashes { family: TokenHash::of(&[0]), own: TokenHash::of(&[0]) };
    Session::start(SessionId::from_parts(0, 1), user.user_id, token, now)
}

/// Signs a token with the shop's first key, as a process does that has not read the secret since.
fn of_the_first_key(user: &User, now: Timestamp) -> Credential {
    let tokens = AccessTokens::new(SigningKey::derive(&SECRET.into()).unwrap(), ISSUER, RolesNeed::Nothing);
    let token = tokens.issue(user, &session(user, now), None, now).unwrap();
    Credential { authorization: format!("Bearer {}", token.expose_secret()), now }
}

/// A customer's browser refreshes its session every ten minutes, answered by two processes in turn, while a key is replaced.
#[tokio::test]
async fn no_token_is_refused_during_a_rotation() {
    let service = Service::start().await;
    service.signs_since(now() - SignedDuration::from_hours(90 * 24)).await;
    let mut token = service.session().await;
    let issuers = [
        TokenIssuer::new(service.signing_secret.clone(), ISSUER, RolesNeed::SecondFactor).await.unwrap(),
        TokenIssuer::new(service.signing_secret.clone(), ISSUER, RolesNeed::SecondFactor).await.unwrap(),
    ];
    let user = service.account().await;
    let (mut published, mut signed) = (Vec::new(), BTreeSet::new());
    for (turn, issuer) in (0_i64..6 * 50).zip(issuers.iter().cycle()) {
        let time = now() + SignedDuration::from_mins(10 * turn);
        if turn % 6 == 0 {
            service.rotate(tick(time)).await.unwrap();
            published.push(service.key_ids().await);
        }
        let call = Call::new(Anyone, crate::read(json!({ "refresh_token": token })), time);
        let reply =
            users::sessions::refresh_session((issuer.clone(), service.users.clone()), call).await.unwrap();
        service.authorized(bearer(&reply, time)).await.unwrap();
        let access = bearer(&reply, time).authorization;
        signed.insert(jsonwebtoken::decode_header(&access["Bearer ".len()..]).unwrap().kid.unwrap());
        if time < hours(48) {
            service.authorized(of_the_first_key(&user, time)).await.unwrap();
        }
        token = refresh_token(&reply);
    }
    let sizes: Vec<usize> = published.iter().map(Vec::len).collect();
    assert_eq!((&sizes[..48], &sizes[48..]), (&[2; 48][..], &[1; 2][..]), "two keys for two days");
    assert_eq!(published[24][0], published[0][1], "the next key signs after a day");
    assert_eq!(published[49], published[24][..1]);
    assert_eq!(signed, BTreeSet::from([published[0][0].clone(), published[24][0].clone()]));
    let late = service.authorized(of_the_first_key(&user, hours(50))).await;
    assert_eq!(late, Err(TokenRefusal::Invalid), "the first key is withdrawn");
}

#[tokio::test]
async fn nothing_happens_for_90_days() {
    let service = Service::start().await;
    service.signs_since(now()).await;
    let first = service.key_ids().await;
    let published = Published::from_now();
    service.rotate(tick(hours(90 * 24 - 1))).await.unwrap();
    assert_eq!(published.take(), ["SigningKeyAge=7772400"]);
    assert_eq!(service.key_ids().await, first);
    service.rotate(tick(hours(90 * 24))).await.unwrap();
    assert_eq!(service.key_ids().await.len(), 2);
}

#[tokio::test]
async fn a_key_that_others_know_is_replaced_at_once() {
    let service = Service::start().await;
    let session = service.session().await;
    let user = service.account().await;
    service.authorized(of_the_first_key(&user, now())).await.unwrap();
    service.tokens.at(now()).await;
    let first = service.key_ids().await;
    service.step("replace", now()).await.unwrap();
    let second = service.key_ids().await;
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);

    let five = now() + SignedDuration::from_mins(5);
    let reply = service.refresh(&session, five).await.unwrap();
    service.authorized(bearer(&reply, five)).await.expect("sessions live on, with the new key");
    let old = service.authorized(of_the_first_key(&user, five)).await;
    assert_eq!(old, Err(TokenRefusal::Invalid));
}

/// Nobody sends a token of the new key, so nothing tells the authorizer of it.
#[tokio::test]
async fn a_replaced_key_is_refused_after_ten_minutes_at_most() {
    let service = Service::start().await;
    service.session().await;
    let user = service.account().await;
    service.authorized(of_the_first_key(&user, now())).await.unwrap();
    service.step("replace", now()).await.unwrap();
    let soon = now() + SignedDuration::from_mins(10);
    service.authorized(of_the_first_key(&user, soon - SignedDuration::from_secs(1))).await.unwrap();
    let late = service.authorized(of_the_first_key(&user, soon)).await;
    assert_eq!(late, Err(TokenRefusal::Invalid));
}

#[tokio::test]
async fn tokens_of_unknown_keys_cost_one_read_a_minute() {
    let service = Service::start().await;
    service.session().await;
    let user = service.account().await;
    let foreign = AccessTokens::new(
        SigningKey::derive(&"another secret that is long enough".into()).unwrap(),
        ISSUER,
        RolesNeed::Nothing,
    );
    let token = foreign.issue(&user, &session(&user, now()), None, now()).unwrap();
    let authorization = format!("Bearer {}", token.expose_secret());
    drop(service.table.used());
    for second in 0..120 {
        let now = now() + SignedDuration::from_secs(second);
        let refused = service.authorized(Credential { authorization: authorization.clone(), now }).await;
        assert_eq!(refused, Err(TokenRefusal::Invalid));
    }
    assert_eq!(service.table.used(), "2 read, 0 written: 2 GetItem");
}

#[tokio::test]
async fn of_two_runs_at_once_one_rotates() {
    let service = Service::start().await;
    service.signs_since(now() - SignedDuration::from_hours(90 * 24)).await;
    let runs = futures::future::join_all((0..4).map(|_| service.rotate(tick(now())))).await;
    assert!(runs.iter().all(Result::is_ok), "{runs:?}");
    let keys = service.secret().await["keys"].clone();
    assert!(
        keys["next"].is_object() && keys.get("retired").is_none(),
        "one step: {:?}",
        keys.as_object().unwrap().keys()
    );
    let published = service.key_ids().await;
    service.rotate(tick(now())).await.unwrap();
    assert_eq!(service.key_ids().await, published, "what is published is what the secret holds");
    assert_eq!(published.len(), 2);
}

#[tokio::test]
async fn a_run_that_read_the_secret_before_it_was_replaced_publishes_nothing() {
    let service = Service::start().await;
    service.session().await;
    let leaked = service.tokens.at(now()).await;
    service.step("replace", now()).await.unwrap();
    let replaced = service.key_ids().await;
    let late = service.users.publish(&tick(now()), &leaked.public, leaked.generation).await.unwrap();
    assert_eq!((late, service.key_ids().await), (None, replaced));
}

#[tokio::test]
async fn a_step_that_is_asked_for_and_not_taken_fails() {
    let service = Service::start().await;
    let steps = futures::future::join_all((0..3).map(|_| service.step("replace", now()))).await;
    let taken = steps.iter().filter(|step| step.is_ok()).count();
    assert!(taken >= 1, "{steps:?}");
    let keys = service.secret().await["keys"].clone();
    let signing = SigningKey::derive(&keys["signing"]["key"].as_str().unwrap().into()).unwrap();
    let authorized = AccessTokens::new(signing, ISSUER, RolesNeed::Nothing);
    service.session().await;
    let user = service.account().await;
    let token = authorized.issue(&user, &session(&user, now()), None, now()).unwrap();
    let authorization = format!("Bearer {}", token.expose_secret());
    service
        .authorized(Credential { authorization, now: now() })
        .await
        .expect("the secret's key is published");
    let typo = json!({ "steps": "replace" }).as_object().unwrap().clone();
    assert!(service.rotate(tick(now()).asked(typo)).await.unwrap_err().contains("unknown field"));
}

/// An operator has moved the label of the current version.
#[tokio::test]
async fn an_older_version_of_the_secret_is_reported() {
    let service = Service::start().await;
    service.step("publish", now()).await.unwrap();
    let published = service.secret().await;
    service.step("switch", now()).await.unwrap();
    let switched = service.key_ids().await;
    service.put_secret(&published).await;
    let failed = service.rotate(tick(now())).await.unwrap_err();
    assert!(failed.contains("older version"), "{failed}");
    assert_eq!(service.key_ids().await, switched);
    service.step("replace", now()).await.unwrap();
    service.rotate(tick(now())).await.unwrap();
}

#[tokio::test]
async fn a_retired_key_verifies_for_a_day() {
    let service = Service::start().await;
    service.session().await;
    let user = service.account().await;
    service.step("publish", now()).await.unwrap();
    service.rotate(tick(hours(24))).await.unwrap();
    let end = hours(48);
    let last = end - SignedDuration::from_secs(1);
    service.rotate(tick(last)).await.unwrap();
    service.authorized(of_the_first_key(&user, last)).await.unwrap();
    service.rotate(tick(end)).await.unwrap();
    let late = end + SignedDuration::from_mins(10);
    assert_eq!(service.authorized(of_the_first_key(&user, late)).await, Err(TokenRefusal::Invalid));
}

#[tokio::test]
async fn a_run_completes_one_that_died_before_it_published() {
    let service = Service::start().await;
    service.step("publish", now()).await.unwrap();
    let published = service.secret().await;
    let next = service.key_ids().await;
    let other = Service::start().await;
    other.put_secret(&published).await;
    assert_eq!(other.key_ids().await.len(), 1, "the row is not written yet");
    other.rotate(tick(hours(30))).await.unwrap();
    assert_eq!(other.key_ids().await, next);
    other.rotate(tick(hours(53))).await.unwrap();
    assert_eq!(other.key_ids().await, next, "it is published for a day before it signs");
    other.rotate(tick(hours(54))).await.unwrap();
    assert_eq!(other.key_ids().await, [next[1].clone(), next[0].clone()]);
}

#[tokio::test]
async fn a_step_out_of_order_is_refused_and_changes_nothing() {
    let service = Service::start().await;
    let before = service.key_ids().await;
    for step in ["switch", "withdraw"] {
        let refused = service.step(step, now()).await.unwrap_err();
        assert!(refused.contains("not the next step"), "{refused}");
    }
    assert!(service.step("everything", now()).await.unwrap_err().contains("unknown variant"));
    assert_eq!(service.key_ids().await, before);
}

#[tokio::test]
async fn an_authorizer_that_started_before_the_first_key_was_published_accepts_its_tokens() {
    let service = Service::start().await;
    service.session().await;
    let token = of_the_first_key(&service.account().await, now());
    let client = service.table.client();
    let key = aws_sdk_dynamodb::types::AttributeValue::S("KEYS".to_owned());
    let delete = client.delete_item().table_name(service.table.name()).key("pk", key.clone()).key("sk", key);
    delete.send().await.unwrap();
    let early = Authorizer::new(service.users.clone(), ISSUER);
    assert_eq!(authorize_request(early.clone(), token.clone()).await, Err(TokenRefusal::Invalid));
    service.rotate(tick(now())).await.unwrap();
    let next = Credential { now: now() + SignedDuration::from_mins(1), ..token };
    authorize_request(early, next).await.unwrap();
}

#[tokio::test]
async fn the_table_holds_no_secret() {
    let service = Service::start().await;
    service.step("publish", now()).await.unwrap();
    let secret = service.secret().await;
    let next = secret["keys"]["next"]["key"].as_str().unwrap();
    assert_eq!(next.len(), 64);
    let rows = service.rows().await.join("\n");
    assert!(rows.contains("KEYS") && !rows.contains(next) && !rows.contains(SECRET));
}

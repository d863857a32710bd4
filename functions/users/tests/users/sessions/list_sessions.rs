//! `GET /users/me/sessions`.

use domain::words::id::{SessionId, UserId};
use edge::{Account, Anyone, Call, NoBody, SignedIn};
use jiff::Timestamp;
use serde_json::{Value, json};
use users::keys::authorize_request;
use users::sessions::{list_sessions, log_in};

use crate::sessions::{bearer, credentials, later, seconds_later};
use crate::{Service, code, now, read, signed_in};

impl Service {
    async fn listed(&self, caller: &SignedIn, now: Timestamp) -> Vec<Value> {
        let call = Call::new(Account(caller.clone()), NoBody, now);
        let reply = list_sessions(self.users.clone(), call).await.unwrap();
        reply.body().unwrap().items.iter().map(|session| json!(session)).collect()
    }

    /// Signs Ada in with a client of this name, some seconds from now.
    async fn device_named(&self, name: &str, seconds: i64) {
        let call =
            Call::new(Anyone, read(credentials()), seconds_later(seconds)).with_header("user-agent", name);
        log_in(self.sign_ins(), call).await.unwrap();
    }
}

fn ids(of: &[Value]) -> Vec<&str> {
    of.iter().map(|session| session["session_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_session_is_listed_with_its_device_newest_first() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    service.device_named("Mozilla/5.0 (iPhone)", 1).await;
    service.device_named(&"x".repeat(300), 2).await;
    service.refresh(&own.refresh_token, later(9)).await.unwrap();
    let listed = service.listed(&own.caller, later(10)).await;
    let devices: Vec<&Value> = listed.iter().map(|session| &session["device"]).collect();
    assert_eq!(devices, [&json!("x".repeat(120)), &json!("Mozilla/5.0 (iPhone)"), &Value::Null]);
    assert_eq!(
        listed[2],
        json!({
            "session_id": own.id(), "started_at": "2026-11-23T10:00:00Z",
            "refreshed_at": "2026-11-23T10:09:00Z", "current": true,
        })
    );
    let current = listed.iter().filter(|session| session["current"] == true);
    assert_eq!(current.count(), 1);
}

#[tokio::test]
async fn sessions_that_have_ended_are_left_out() {
    let service = Service::start().await;
    service.ada().await;
    let [one, two, three] = [service.device().await, service.device().await, service.device().await];
    service.end(&one.caller, &two.id(), later(1)).await;
    let left = service.listed(&one.caller, later(2)).await;
    assert_eq!(left.len(), 2);
    assert!(!ids(&left).contains(&two.id().as_str()));
    assert!(
        service.listed(&two.caller, later(2)).await.is_empty(),
        "it has ended, but its access token is valid"
    );

    service.end(&one.caller, "all", later(3)).await;
    assert!(service.listed(&three.caller, later(4)).await.is_empty());
    let call = Call::new(Anyone, read(credentials()), later(5));
    let again = log_in(service.sign_ins(), call).await.unwrap();
    let caller = authorize_request(service.authorizer.clone(), bearer(&again, later(5))).await.unwrap();
    let listed = service.listed(&caller, later(6)).await;
    assert_eq!(ids(&listed), [caller.session_id.to_string()]);
    let thirty_days = later(5) + domain::users::session::LIFETIME;
    assert!(service.listed(&caller, thirty_days).await.is_empty());
}

#[tokio::test]
async fn fifty_are_listed_and_the_current_one() {
    let service = Service::start().await;
    service.ada().await;
    let oldest = service.device().await;
    for second in 1..=52 {
        service.device_named("a script", second).await;
    }
    let listed = service.listed(&oldest.caller, later(2)).await;
    assert_eq!(listed.len(), 51);
    assert_eq!(listed[50]["session_id"], oldest.id());
    assert_eq!(listed[0]["started_at"], "2026-11-23T10:00:52Z");
}

#[tokio::test]
async fn no_one_sees_another_users_sessions() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let device = service.device().await;
    let nobody = signed_in(UserId::from_parts(9, 9));
    let call = Call::new(Account(nobody), NoBody, now());
    assert_eq!(code(list_sessions(service.users.clone(), call).await), "404 user_not_found");

    let eve = json!({ "email": "eve@example.com", "name": "Eve", "password": "the analytical engine" });
    service.register(eve).await.unwrap();
    let eve = service.user("eve@example.com").await.user_id;
    // Even with a token that names another user's session.
    let caller = SignedIn { session_id: device.caller.session_id, ..signed_in(eve) };
    assert!(service.listed(&caller, later(1)).await.is_empty());
    let unknown = SignedIn { session_id: SessionId::from_parts(9, 9), ..signed_in(ada.user_id) };
    assert!(service.listed(&unknown, later(1)).await.is_empty());
}

//! `PUT /users/me/password`.

use domain::events::{LinkPurpose, PasswordChanged, UserEvent};
use edge::{Account, Call, Problem, Reply, SignedIn};
use jiff::Timestamp;
use serde_json::json;
use users::accounts::change_password;
use users::sessions::end_session;

use crate::sessions::{credentials, later, seconds_later};
use crate::{Service, code, now, read, signed_in};

const OLD: &str = "the analytical engine";
const NEW: &str = "a wholly different engine";

impl Service {
    async fn change(
        &self,
        caller: &SignedIn,
        (current, new): (&str, &str),
        now: Timestamp,
    ) -> Result<Reply<()>, Problem> {
        let body = json!({ "current_password": current, "new_password": new });
        change_password(self.users.clone(), Call::new(Account(caller.clone()), read(body), now)).await
    }
}

#[tokio::test]
async fn the_new_password_signs_in_and_only_the_callers_session_goes_on() {
    let service = Service::start().await;
    let user = service.ada().await;
    let (own, other) = (service.device().await, service.device().await);
    let reply = service.change(&own.caller, (OLD, NEW), later(1)).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.body()), (204, None));
    assert_eq!(code(service.log_in(credentials()).await), "401 invalid_credentials");
    assert!(service.log_in(json!({ "email": "ada@example.com", "password": NEW })).await.is_ok());
    assert_eq!(code(service.refresh(&other.refresh_token, later(2)).await), "401 session_revoked");
    assert!(service.refresh(&own.refresh_token, later(2)).await.is_ok());
    let changed = UserEvent::PasswordChanged(PasswordChanged { user_id: user.user_id }).into();
    assert!(!service.events().await.contains(&changed), "nobody has confirmed the address");

    let link = service.newest(LinkPurpose::ConfirmEmail).await.token;
    service.confirm(&link, later(2)).await.unwrap();
    service.change(&own.caller, (NEW, OLD), later(3)).await.unwrap();
    assert!(service.events().await.contains(&changed));
}

#[tokio::test]
async fn a_wrong_password_changes_nothing_and_the_eleventh_waits() {
    let service = Service::start().await;
    service.ada().await;
    let (own, other) = (service.device().await, service.device().await);
    for _ in 0..10 {
        let refused = service.change(&own.caller, ("a difference engine", NEW), now()).await;
        assert_eq!(code(refused), "401 invalid_credentials");
    }
    assert_eq!(code(service.change(&own.caller, (OLD, NEW), later(14)).await), "429 too_many_tries");
    assert!(service.log_in(credentials()).await.is_ok(), "signing in is counted apart");
    assert!(service.refresh(&other.refresh_token, later(1)).await.is_ok());
    assert_eq!(code(service.change(&other.caller, (OLD, NEW), later(14)).await), "429 too_many_tries");
    assert!(service.change(&own.caller, (OLD, NEW), later(15)).await.is_ok());
}

#[tokio::test]
async fn the_address_as_password_returns_422() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let refused = service.change(&own.caller, (OLD, "ADA@example.com"), now()).await;
    assert_eq!(code(refused), "422 password_is_email");
    let refused = service.change(&own.caller, (OLD, "Lovelace1815"), now()).await;
    assert_eq!(code(refused), "422 password_is_personal");
    assert!(service.change(&own.caller, (OLD, NEW), now()).await.is_ok());
}

#[tokio::test]
async fn a_session_that_has_ended_changes_nothing_and_learns_nothing() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let end = Call::new(own.caller.clone(), edge::NoBody, now()).with_path("session_id", "current");
    end_session(service.users.clone(), end).await.unwrap();
    let nobody = signed_in(domain::words::id::UserId::from_parts(9, 9));
    let counters = service.rows_of("throttle").await;
    for (caller, password) in [(&own.caller, OLD), (&own.caller, "wrong"), (&nobody, OLD)] {
        let refused = service.change(caller, (password, NEW), seconds_later(1)).await;
        assert_eq!(code(refused), "401 session_revoked", "{password}");
    }
    assert_eq!(service.rows_of("throttle").await, counters);
    assert!(service.log_in(credentials()).await.is_ok());
}

#[tokio::test]
async fn two_changes_at_once_change_once() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let new = ["the first engine of two", "the second engine of two"];
    let answers =
        futures::future::join_all(new.iter().map(|new| service.change(&own.caller, (OLD, new), later(1))))
            .await;
    let outcomes: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes.iter().filter(|is_ok| **is_ok).count(), 1, "{outcomes:?}");
    let kept = new[outcomes.iter().position(|is_ok| *is_ok).unwrap()];
    assert!(service.log_in(json!({ "email": "ada@example.com", "password": kept })).await.is_ok());
}

#[tokio::test]
async fn a_link_for_the_old_password_is_refused() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    service.forget("ada@example.com", now()).await;
    let link = service.newest(LinkPurpose::ResetPassword).await.token;
    service.change(&own.caller, (OLD, NEW), later(1)).await.unwrap();
    assert_eq!(code(service.reset(&link, "the engine of an intruder", later(2)).await), "404 link_invalid");
}

#[tokio::test]
async fn a_session_can_change_its_password_again() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    for (step, passwords) in (0..10).map(|step| (step, if step % 2 == 0 { (OLD, NEW) } else { (NEW, OLD) })) {
        service.change(&own.caller, passwords, later(step)).await.unwrap();
    }
    let refused = service.change(&own.caller, (OLD, NEW), later(20)).await;
    assert_eq!(code(refused), "429 too_many_tries", "each may send a mail");
    assert!(service.refresh(&own.refresh_token, later(21)).await.is_ok());
    assert!(service.log_in(credentials()).await.is_ok());
}

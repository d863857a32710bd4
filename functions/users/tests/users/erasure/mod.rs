//! The end of an account.

use domain::events::{Event, UserEvent};
use edge::schedule::Tick;
use edge::{Account, Call, Cause, Problem, Reply, SignedIn};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use telemetry::Published;
use users::erasure::request_erasure::Erasure;
use users::erasure::{erase_users, request_erasure};

use crate::sessions::{credentials, seconds_later};
use crate::staff::roles;
use crate::{Service, ada, code, now, read};

const TWO_WEEKS: SignedDuration = SignedDuration::from_hours(14 * 24);

fn password() -> Value {
    json!({ "password": "the analytical engine" })
}

fn cancel() -> Value {
    json!({ "cancel": true })
}

impl Service {
    async fn ask(&self, caller: &SignedIn, body: Value, now: Timestamp) -> Result<Reply<Erasure>, Problem> {
        request_erasure(self.users.clone(), Call::new(Account(caller.clone()), read(body), now)).await
    }

    async fn erase(&self, now: Timestamp) {
        erase_users(self.users.clone(), Tick::new(now, Cause::new("test"))).await.unwrap();
    }

    /// Returns whether an event about an erasure was emitted.
    async fn has_told(&self, is_it: impl Fn(&UserEvent) -> bool) -> bool {
        self.events().await.iter().any(|event| matches!(event, Event::User(event) if is_it(event)))
    }
}

#[tokio::test]
async fn two_weeks_later_nothing_of_the_person_is_left() {
    let service = Service::start().await;
    let (caller, _, _) = service.ada_with_app().await;
    for number in 1..=2 {
        let address = json!({
            "name": "Ada", "line1": "1 High Street", "city": "London", "postal_code": "N1 9GU", "country": "GB",
        });
        service.put_address(caller.user_id, number, json!({ "address": address })).await.unwrap();
    }
    let reply = service.ask(&caller, password(), now()).await.unwrap();
    let erases_at = now() + TWO_WEEKS;
    assert_eq!((reply.status().as_u16(), reply.body().unwrap().erases_at), (202, Some(erases_at)));
    assert!(service.has_told(|event| matches!(event, UserEvent::ErasureRequested(_))).await);
    let again = service.ask(&caller, password(), seconds_later(60)).await.unwrap();
    assert_eq!(again.body().unwrap().erases_at, Some(erases_at), "asking again does not delay it");
    assert_eq!(service.user("ada@example.com").await.erases_at, Some(erases_at));

    service.erase(erases_at - SignedDuration::from_secs(1)).await;
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 202, "the user can sign in");
    service.erase(erases_at).await;
    let rows = service.rows().await;
    let kinds = ["user", "credential", "second_factor", "address"];
    let of_person = kinds.map(|kind| format!("row\": S(\"{kind}\")"));
    for row in &rows {
        assert!(!of_person.iter().any(|kind| row.contains(kind.as_str())), "{row}");
        // What has an end anyway: links, sessions and counters.
        let is_kept =
            row.contains("expires_at") || row.contains("S(\"outbox\")") || row.contains("S(\"keys\")");
        assert!(is_kept || row.contains("S(\"erased\")"), "{row}");
        assert!(row.contains("S(\"link\")") || !row.contains("ada@example.com"), "{row}");
    }
    assert!(service.has_told(|event| matches!(event, UserEvent::Erased(_))).await);
    assert_eq!(code(service.log_in(credentials()).await), "401 invalid_credentials");
    assert_eq!(code(service.contact(caller.user_id).await), "404 user_not_found");
    service.erase(erases_at).await;
    service.register(ada()).await.unwrap();
    assert_ne!(service.user("ada@example.com").await.user_id, caller.user_id, "the address registers anew");
}

#[tokio::test]
async fn who_takes_it_back_is_kept() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    service.ask(&caller, password(), now()).await.unwrap();
    let kept = service.ask(&caller, cancel(), seconds_later(1)).await.unwrap();
    assert_eq!((kept.status().as_u16(), kept.body().unwrap().erases_at), (202, None));
    service.erase(now() + TWO_WEEKS).await;
    assert!(service.log_in(credentials()).await.is_ok());
    service.ask(&caller, cancel(), seconds_later(2)).await.unwrap();
    let later = service.ask(&caller, password(), seconds_later(3)).await.unwrap();
    assert_eq!(later.body().unwrap().erases_at, Some(seconds_later(3) + TWO_WEEKS));
    let told = service.has_told(|event| matches!(event, UserEvent::ErasureRequested(_))).await;
    assert!(!told, "nobody has confirmed the address");
}

#[tokio::test]
async fn only_who_knows_the_password_can_ask_for_it() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    let wrong = json!({ "password": "a difference engine" });
    assert_eq!(code(service.ask(&caller, wrong, now()).await), "401 invalid_credentials");
    for body in [json!({}), json!({ "cancel": false }), json!({ "cancel": true, "password": "x" })] {
        assert_eq!(code(service.ask(&caller, body, now()).await), "422 invalid_body");
    }
    let ended = SignedIn { session_id: domain::words::id::SessionId::from_parts(9, 9), ..caller };
    for body in [password(), cancel()] {
        assert_eq!(code(service.ask(&ended, body, now()).await), "401 session_revoked");
    }
    assert_eq!(service.user("ada@example.com").await.erases_at, None);
}

#[tokio::test]
async fn tries_are_limited_and_nobody_asks_for_nobody() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    for _ in 0..10 {
        let wrong = json!({ "password": "a difference engine" });
        assert_eq!(code(service.ask(&caller, wrong, now()).await), "401 invalid_credentials");
    }
    assert_eq!(code(service.ask(&caller, password(), now()).await), "429 too_many_tries");
    service.ask(&caller, password(), seconds_later(15 * 60)).await.unwrap();
    service.erase(seconds_later(15 * 60) + TWO_WEEKS).await;
    assert_eq!(code(service.ask(&caller, cancel(), now()).await), "404 user_not_found");
}

/// A thief's request is verified while the owner chooses a new password.
#[tokio::test]
async fn a_reset_password_keeps_the_account() {
    let service = Service::start().await;
    let (caller, _, _) = service.ada_with_app().await;
    service.ask(&caller, password(), now()).await.unwrap();
    service.forget("ada@example.com", now()).await;
    let link = service.newest(domain::events::LinkPurpose::ResetPassword).await.token;
    let (_, reset) = tokio::join!(
        service.ask(&caller, password(), seconds_later(1)),
        service.reset(&link, "a wholly different engine", seconds_later(1)),
    );
    reset.unwrap();
    assert_eq!(service.user("ada@example.com").await.erases_at, None);
    assert_eq!(code(service.ask(&caller, cancel(), seconds_later(2)).await), "401 session_revoked");
}

#[tokio::test]
async fn an_account_with_a_role_is_kept() {
    let service = Service::start().await;
    let admin = service.admin("grace").await.user_id;
    let (caller, _, _) = service.ada_with_app().await;
    service.ask(&caller, password(), now()).await.unwrap();
    service.put_staff(admin, "ada@example.com", roles(&["staff"])).await.unwrap();
    assert_eq!(service.user("ada@example.com").await.erases_at, None, "a role ends the request");
    assert_eq!(code(service.ask(&caller, password(), now()).await), "409 staff_cannot_be_erased");
    service.erase(now() + TWO_WEEKS).await;
    assert_eq!(service.user("ada@example.com").await.roles.len(), 1);
}

/// Both see the account as it is before: one of them wins, and the other sees what the first has done.
#[tokio::test]
async fn taking_back_and_erasing_at_once_have_one_outcome() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    service.ask(&caller, password(), now()).await.unwrap();
    let due = now() + TWO_WEEKS;
    let (kept, ()) = tokio::join!(service.ask(&caller, cancel(), due), service.erase(due));
    let is_there = service.rows_of("user").await == 1;
    assert_eq!(kept.is_ok(), is_there);
    assert_eq!(
        (service.rows_of("credential").await == 1, service.rows_of("erased").await == 0),
        (is_there, is_there)
    );
}

#[tokio::test]
async fn runs_say_how_late_they_are() {
    let service = Service::start().await;
    service.ada().await;
    let caller = service.device().await.caller;
    service.ask(&caller, password(), now()).await.unwrap();
    let published = Published::from_now();
    service.erase(now() + TWO_WEEKS + SignedDuration::from_secs(60)).await;
    let expected = ["ErasuresOverdue=60", "ErasuresStuck=0"];
    assert_eq!(published.take(), expected);
    service.erase(now() + TWO_WEEKS + SignedDuration::from_mins(60)).await;
    assert_eq!(published.take(), ["ErasuresOverdue=0", "ErasuresStuck=0", "ErasuresSetApart=0"]);
}

#[tokio::test]
async fn an_erasure_keeps_to_its_budget() {
    let service = Service::start().await;
    let (caller, _, _) = service.ada_with_app().await;
    let used = || service.table.used();
    drop(used());
    service.ask(&caller, password(), now()).await.unwrap();
    assert_eq!(used(), "7 read, 6 written: 7 GetItem, PutItem, TransactWriteItems", "request-erasure");
    service.erase(now()).await;
    assert_eq!(used(), "4 read, 0 written: 8 Query", "erase-users: nothing is due");
    service.erase(now() + TWO_WEEKS).await;
    assert_eq!(
        used(),
        "9 read, 11 written: 4 GetItem, 9 Query, TransactWriteItems",
        "erase-users: one account"
    );
}

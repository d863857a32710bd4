//! `PUT /users/me/email`, and the link that it mails.

use domain::events::{Event, LinkPurpose, UserEvent};
use domain::users::link::LinkToken;
use edge::{Account, Call, Problem, Reply, SignedIn};
use jiff::Timestamp;
use serde_json::json;
use users::accounts::{change_password, set_email};
use users::links::rows::link_key;
use users::sessions::end_session;

use crate::sessions::{Device, credentials, later};
use crate::{Service, ada, code, now, read, signed_in};

const PASSWORD: &str = "the analytical engine";
const OTHER: &str = "ada@another.example";

impl Service {
    async fn set_email(
        &self,
        caller: &SignedIn,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Reply<()>, Problem> {
        let body = json!({ "email": email, "password": password });
        set_email(self.users.clone(), Call::new(Account(caller.clone()), read(body), now)).await
    }

    /// Requests the other address, and returns the token of its link.
    async fn requested(&self, device: &Device, email: &str, now: Timestamp) -> String {
        let reply = self.set_email(&device.caller, email, PASSWORD, now).await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body()), (202, None));
        self.newest_to(&email.to_lowercase(), LinkPurpose::ConfirmEmail).await.token
    }

    async fn signs_in(&self, email: &str) -> bool {
        self.log_in(json!({ "email": email, "password": PASSWORD })).await.is_ok()
    }
}

#[tokio::test]
async fn the_old_address_signs_in_until_the_new_one_is_confirmed() {
    let service = Service::start().await;
    let user = service.ada().await;
    let own = service.device().await;
    let token = service.requested(&own, "ADA@Another.example", now()).await;
    assert!(service.signs_in("ada@example.com").await && !service.signs_in(OTHER).await);

    let confirmed = service.confirm(&token, later(1)).await.unwrap();
    assert_eq!(confirmed.body().unwrap().email.as_ref(), OTHER);
    assert!(!service.signs_in("ada@example.com").await && service.signs_in(OTHER).await);
    let changed = service.user(OTHER).await;
    assert_eq!((changed.user_id, changed.email_verified), (user.user_id, true));
    assert!(service.refresh(&own.refresh_token, later(2)).await.is_ok(), "sessions go on");
    assert_eq!(code(service.confirm(&token, later(1)).await), "404 link_invalid", "it was used");
    // Nobody had confirmed the old address, so it may be a stranger's and is told nothing.
    assert!(!service.events().await.iter().any(is_change));
    service.register(ada()).await.unwrap();
    assert_ne!(service.user("ada@example.com").await.user_id, user.user_id, "the address is free");
}

fn is_change(event: &Event) -> bool {
    matches!(event, Event::User(UserEvent::EmailChanged(_)))
}

#[tokio::test]
async fn the_old_address_is_told_if_it_was_confirmed() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let welcome = service.newest(LinkPurpose::ConfirmEmail).await.token;
    service.confirm(&welcome, now()).await.unwrap();
    let token = service.requested(&own, OTHER, now()).await;
    service.confirm(&token, later(1)).await.unwrap();
    let events = service.events().await;
    let Some(Event::User(UserEvent::EmailChanged(changed))) = events.iter().find(|event| is_change(event))
    else {
        panic!("{events:?}");
    };
    let holder: LinkToken =
        service.users_table().get(&link_key(changed.token_id)).await.unwrap().unwrap().value;
    assert_eq!((holder.email.as_ref(), holder.purpose), ("ada@example.com", LinkPurpose::Notice));
}

#[tokio::test]
async fn the_same_address_is_sent_another_link() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let first = service.newest(LinkPurpose::ConfirmEmail).await.token;
    let again = service.requested(&own, "ada@example.com", later(1)).await;
    assert_ne!(first, again);
    service.confirm(&again, later(2)).await.unwrap();
    assert!(service.user("ada@example.com").await.email_verified);
    assert!(service.confirm(&first, later(3)).await.is_ok(), "each proves the same");
}

#[tokio::test]
async fn a_wrong_password_mails_nothing_and_the_sixth_request_in_an_hour_waits() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let links = service.rows_of("link").await;
    for _ in 0..5 {
        let refused = service.set_email(&own.caller, OTHER, "a difference engine", now()).await;
        assert_eq!(code(refused), "401 invalid_credentials");
    }
    assert_eq!(service.rows_of("link").await, links);
    let refused = service.set_email(&own.caller, OTHER, PASSWORD, later(59)).await;
    assert_eq!(code(refused), "429 too_many_email_changes");
    assert!(service.set_email(&own.caller, OTHER, PASSWORD, later(60)).await.is_ok());
}

#[tokio::test]
async fn an_address_gets_three_of_these_mails_an_hour() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let links = service.rows_of("link").await;
    for _ in 0..4 {
        let reply = service.set_email(&own.caller, OTHER, PASSWORD, now()).await.unwrap();
        assert_eq!(reply.status().as_u16(), 202);
    }
    assert_eq!(service.rows_of("link").await, links + 3);
}

#[tokio::test]
async fn links_that_a_stranger_requests_do_not_keep_the_owner_from_resetting_the_password() {
    let service = Service::start().await;
    service.ada().await;
    service.register(json!({ "email": OTHER, "name": "Eve", "password": PASSWORD })).await.unwrap();
    let eve = service.device_of(OTHER).await;
    for _ in 0..4 {
        service.set_email(&eve.caller, "ada@example.com", PASSWORD, now()).await.unwrap();
    }
    service.forget("ada@example.com", now()).await;
    let link = service.newest(LinkPurpose::ResetPassword).await.token;
    assert!(service.reset(&link, "a wholly different engine", later(1)).await.is_ok());
}

#[tokio::test]
async fn an_address_of_another_account_is_answered_alike_and_only_its_mailbox_learns_of_it() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    service.register(json!({ "email": OTHER, "name": "Eve", "password": PASSWORD })).await.unwrap();
    let token = service.requested(&own, OTHER, later(1)).await;
    assert_eq!(code(service.confirm(&token, later(2)).await), "409 email_taken");
    assert!(service.signs_in("ada@example.com").await && service.signs_in(OTHER).await);
}

#[tokio::test]
async fn two_accounts_that_confirm_one_address_at_once_get_it_once() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let token = service.requested(&own, OTHER, now()).await;
    service
        .register(json!({ "email": "eve@example.com", "name": "Eve", "password": PASSWORD }))
        .await
        .unwrap();
    let eve = service.device_of("eve@example.com").await;
    let other = service.requested(&eve, OTHER, later(1)).await;
    let (one, two) = tokio::join!(service.confirm(&token, later(2)), service.confirm(&other, later(2)));
    let refused = if one.is_ok() { two } else { one };
    assert_eq!(code(refused), "409 email_taken");
    assert!(service.signs_in(OTHER).await);
    assert_ne!(service.signs_in("ada@example.com").await, service.signs_in("eve@example.com").await);
}

#[tokio::test]
async fn a_link_is_invalid_once_the_address_or_the_password_has_changed() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let welcome = service.newest(LinkPurpose::ConfirmEmail).await.token;
    let stale = service.requested(&own, "ada@a-third.example", now()).await;
    let token = service.requested(&own, OTHER, now()).await;
    service.confirm(&token, later(1)).await.unwrap();
    for (link, what) in [(welcome, "of the old address"), (stale, "from before the change")] {
        assert_eq!(code(service.confirm(&link, later(2)).await), "404 link_invalid", "{what}");
    }
    let before = service.requested(&own, "ada@a-fourth.example", later(2)).await;
    let passwords = json!({ "current_password": PASSWORD, "new_password": "a wholly different engine" });
    change_password(service.users.clone(), Call::new(Account(own.caller.clone()), read(passwords), later(3)))
        .await
        .unwrap();
    assert_eq!(code(service.confirm(&before, later(4)).await), "404 link_invalid", "another password");
    assert_eq!(service.user(OTHER).await.email.unwrap().as_ref(), OTHER);
}

#[tokio::test]
async fn only_the_newest_request_counts_and_none_counts_again_when_the_old_address_is_back() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let first = service.requested(&own, "ada@a-third.example", now()).await;
    let second = service.requested(&own, OTHER, later(1)).await;
    assert_eq!(
        code(service.confirm(&first, later(2)).await),
        "404 link_invalid",
        "another one was asked for"
    );
    service.confirm(&second, later(2)).await.unwrap();
    let back = service.requested(&own, "ada@example.com", later(3)).await;
    service.confirm(&back, later(4)).await.unwrap();
    assert_eq!(code(service.confirm(&first, later(5)).await), "404 link_invalid", "the address is back");
    let withdrawn = service.requested(&own, OTHER, later(6)).await;
    service.requested(&own, "ada@example.com", later(7)).await;
    assert_eq!(
        code(service.confirm(&withdrawn, later(8)).await),
        "404 link_invalid",
        "the old one is to stay"
    );
    assert!(service.signs_in("ada@example.com").await);
}

#[tokio::test]
async fn a_request_whose_mail_is_not_sent_withdraws_the_link_before_it() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    service
        .register(json!({ "email": "eve@example.com", "name": "Eve", "password": PASSWORD }))
        .await
        .unwrap();
    let eve = service.device_of("eve@example.com").await;
    for _ in 0..3 {
        service.set_email(&eve.caller, "ada@example.com", PASSWORD, now()).await.unwrap();
    }
    let token = service.requested(&own, OTHER, now()).await;
    let links = service.rows_of("link").await;
    service.set_email(&own.caller, "ada@example.com", PASSWORD, later(1)).await.unwrap();
    assert_eq!(service.rows_of("link").await, links, "the address has had three mails");
    assert_eq!(code(service.confirm(&token, later(2)).await), "404 link_invalid");
}

#[tokio::test]
async fn a_change_of_the_account_while_an_address_is_requested_is_kept() {
    let service = Service::start().await;
    let user = service.ada().await;
    let own = service.device().await;
    let (asked, updated) = tokio::join!(
        service.set_email(&own.caller, OTHER, PASSWORD, now()),
        service.update(&user, json!({ "locale": "de" }))
    );
    assert!(asked.is_ok() && updated.is_ok());
    let token = service.newest_to(OTHER, LinkPurpose::ConfirmEmail).await.token;
    service.confirm(&token, later(1)).await.unwrap();
    assert_eq!(service.user(OTHER).await.locale.as_ref(), "de");
}

#[tokio::test]
async fn a_password_does_not_become_the_address() {
    let service = Service::start().await;
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": OTHER });
    service.register(body).await.unwrap();
    let login = json!({ "email": "ada@example.com", "password": OTHER });
    let own = service.device_with(login).await;
    let refused = service.set_email(&own.caller, OTHER, OTHER, now()).await;
    assert_eq!(code(refused), "422 password_is_email");
}

#[tokio::test]
async fn a_link_to_choose_a_password_for_the_old_address_is_invalid_and_a_known_device_stays_known() {
    let service = Service::start().await;
    service.ada().await;
    let device = service.log_in(credentials()).await.unwrap();
    let device_token = serde_json::to_value(device.body().unwrap()).unwrap()["device_token"].clone();
    let own = service.device().await;
    service.forget("ada@example.com", now()).await;
    let reset = service.newest(LinkPurpose::ResetPassword).await.token;
    let token = service.requested(&own, OTHER, now()).await;
    service.confirm(&token, later(1)).await.unwrap();
    assert_eq!(code(service.reset(&reset, "the engine of an intruder", later(2)).await), "404 link_invalid");
    let wrong = json!({ "email": OTHER, "password": "a difference engine" });
    for _ in 0..10 {
        assert_eq!(code(service.log_in(wrong.clone()).await), "401 invalid_credentials");
    }
    assert!(!service.signs_in(OTHER).await);
    let known = json!({ "email": OTHER, "password": PASSWORD, "device_token": device_token });
    assert!(service.log_in(known).await.is_ok());
}

#[tokio::test]
async fn a_session_that_has_ended_changes_nothing() {
    let service = Service::start().await;
    service.ada().await;
    let own = service.device().await;
    let end = Call::new(own.caller.clone(), edge::NoBody, now()).with_path("session_id", "current");
    end_session(service.users.clone(), end).await.unwrap();
    let counters = service.rows_of("throttle").await;
    for caller in [own.caller, signed_in(domain::words::id::UserId::from_parts(9, 9))] {
        let refused = service.set_email(&caller, OTHER, PASSWORD, later(1)).await;
        assert_eq!(code(refused), "401 session_revoked");
    }
    assert_eq!(service.rows_of("throttle").await, counters);
}

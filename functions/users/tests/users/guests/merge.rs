//! How an account gets what its owner had as a guest: by registering or signing in from the guest's session, or by proving the
//! address that was left.

use domain::events::LinkPurpose;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::guests::with_guest;
use crate::sessions::{credentials, later, refresh_token, seconds_later, text};
use crate::{Service, ada, code, now};

#[tokio::test]
async fn a_guest_who_registers_keeps_the_id_and_signs_in_anew() {
    let service = Service::start().await;
    let visitor = service.visitor_at("ada@work.example").await;
    service.register(with_guest(ada(), &visitor)).await.unwrap();
    assert_eq!(service.user("ada@example.com").await.user_id, visitor.id());
    assert_eq!((service.rows_of("guest").await, service.rows_of("guest_address").await), (0, 0));
    assert_eq!(code(service.refresh(&visitor.refresh_token, now()).await), "401 session_revoked");
    let reply = service.log_in(with_guest(credentials(), &visitor)).await.unwrap();
    assert_eq!(text(&reply, "user_id"), visitor.id().to_string());
    assert_eq!(service.merged().await, [], "it is the same user");
    assert!(service.refresh(&refresh_token(&reply), later(9)).await.is_ok());
}

#[tokio::test]
async fn a_guest_who_registers_an_address_that_has_an_account_stays_a_guest() {
    let service = Service::start().await;
    service.ada().await;
    let visitor = service.visitor_at("ada@example.com").await;
    service.register(with_guest(ada(), &visitor)).await.unwrap();
    assert!(service.refresh(&visitor.refresh_token, now()).await.is_ok());
    assert_eq!((service.rows_of("guest").await, service.merged().await), (1, vec![]));
}

/// What a stranger could measure is the same.
#[tokio::test]
async fn registering_from_a_guests_session_costs_the_same_for_every_address() {
    let service = Service::start().await;
    service.ada().await;
    let mut used = Vec::new();
    for email in ["ada@example.com", "eve@example.com"] {
        for visitor in [service.visitor().await, service.visitor_at("guest@example.com").await] {
            let mut body = with_guest(ada(), &visitor);
            assert_ne!(service.table.used(), "");
            body["email"] = email.into();
            service.register(body).await.unwrap();
            used.push(service.table.used());
            service.delete(&format!("EMAIL#{email}"), "CREDENTIAL").await;
            if email == "ada@example.com" {
                service.register(ada()).await.unwrap();
            }
        }
    }
    assert_eq!(used[0], used[2]);
    assert_eq!(used[1], used[3]);
    assert_eq!(used[1], "5 read, 14 written: 5 GetItem, TransactWriteItems");
}

#[tokio::test]
async fn who_signs_in_gets_what_the_guest_had_once() {
    let service = Service::start().await;
    let user = service.ada().await;
    let visitor = service.visitor_at("ada@work.example").await;
    let body = with_guest(credentials(), &visitor);
    let reply = service.log_in(body.clone()).await.unwrap();
    assert_eq!(text(&reply, "merged_from"), visitor.id().to_string());
    assert_eq!(text(&reply, "user_id"), user.user_id.to_string());
    assert_eq!(service.merged().await, [(visitor.id(), user.user_id)]);
    assert_eq!(code(service.refresh(&visitor.refresh_token, now()).await), "401 session_revoked");
    let again = service.log_in(body).await.unwrap();
    assert_eq!(json!(again.body().unwrap())["merged_from"], Value::Null);
    assert_eq!((service.merged().await.len(), service.rows_of("guest_address").await), (1, 0));
}

#[tokio::test]
async fn a_token_that_proves_nothing_does_not_keep_anyone_from_signing_in() {
    let service = Service::start().await;
    service.ada().await;
    let visitor = service.visitor().await;
    let newer = refresh_token(&service.refresh(&visitor.refresh_token, seconds_later(1)).await.unwrap());
    let device = service.device().await;
    for token in ["", "ses_", "nothing", &visitor.refresh_token, &device.refresh_token, &format!("{newer}A")]
    {
        let mut body = credentials();
        body["guest_refresh_token"] = token.into();
        let reply = service.log_in(body).await.unwrap();
        assert_eq!(json!(reply.body().unwrap())["merged_from"], Value::Null, "{token}");
    }
    assert_eq!(service.merged().await, []);
}

#[tokio::test]
async fn of_a_wrong_password_a_guest_learns_nothing_and_keeps_everything() {
    let service = Service::start().await;
    service.ada().await;
    let visitor = service.visitor().await;
    let mut body = with_guest(credentials(), &visitor);
    body["password"] = "a difference engine".into();
    assert_eq!(code(service.log_in(body).await), "401 invalid_credentials");
    assert!(service.refresh(&visitor.refresh_token, now()).await.is_ok());
}

#[tokio::test]
async fn with_a_second_factor_the_guests_token_is_sent_with_the_code() {
    let service = Service::start().await;
    let (caller, _, codes) = service.ada_with_app().await;
    let visitor = service.visitor().await;
    let challenge = service.challenge(now()).await;
    assert_eq!(service.merged().await, []);
    let body = json!({ "challenge": challenge, "code": codes[0] });
    let reply = service.complete_with(with_guest(body, &visitor), now()).await.unwrap();
    assert_eq!(text(&reply, "merged_from"), visitor.id().to_string());
    assert_eq!(service.merged().await, [(visitor.id(), caller.user_id)]);
}

#[tokio::test]
async fn who_proves_an_address_gets_what_guests_have_ordered_with_it() {
    let service = Service::start().await;
    let visitors = [
        service.visitor_at("ada@example.com").await,
        service.visitor_at("ada@example.com").await,
        service.visitor_at("eve@example.com").await,
    ];
    let user = service.ada().await;
    assert_eq!(service.merged().await, [], "nobody has proved anything yet");
    let link = service.newest(LinkPurpose::ConfirmEmail).await.token;
    service.confirm(&link, now()).await.unwrap();
    let mut merged = service.merged().await;
    merged.sort();
    let mut expected = [(visitors[0].id(), user.user_id), (visitors[1].id(), user.user_id)];
    expected.sort();
    assert_eq!(merged, expected);
    assert_eq!((service.rows_of("guest").await, service.rows_of("guest_address").await), (3, 1));
    assert_eq!(code(service.refresh(&visitors[0].refresh_token, now()).await), "401 session_revoked");
    assert!(service.refresh(&visitors[2].refresh_token, now()).await.is_ok(), "another address");
}

#[tokio::test]
async fn more_guests_than_fit_into_a_transaction_do_not_keep_an_address_from_being_confirmed() {
    let service = Service::start().await;
    for hour in 0..3 {
        for _ in 0..10 {
            let visitor = service.visitor().await;
            let at = now() + SignedDuration::from_hours(hour);
            service.keep(visitor.id(), "ada@example.com", at).await.unwrap();
        }
    }
    service.ada().await;
    let link = service.newest(LinkPurpose::ConfirmEmail).await.token;
    service.confirm(&link, now()).await.unwrap();
    assert_eq!((service.merged().await.len(), service.rows_of("guest_address").await), (20, 10));
    // The rest follow with the next proof.
    service.forget("ada@example.com", now()).await;
    let link = service.newest(LinkPurpose::ResetPassword).await.token;
    service.reset(&link, "a wholly different engine", now()).await.unwrap();
    assert_eq!((service.merged().await.len(), service.rows_of("guest_address").await), (30, 0));
}

#[tokio::test]
async fn who_gets_another_address_gets_what_guests_have_ordered_with_it() {
    let service = Service::start().await;
    let user = service.ada().await;
    let visitor = service.visitor_at("ada@another.example").await;
    let caller = service.device().await.caller;
    let body = json!({ "email": "ada@another.example", "password": "the analytical engine" });
    let call = edge::Call::new(edge::Account(caller), crate::read(body), now());
    users::accounts::set_email(service.users.clone(), call).await.unwrap();
    assert_eq!(service.merged().await, []);
    let link = service.newest_to("ada@another.example", LinkPurpose::ConfirmEmail).await.token;
    service.confirm(&link, now()).await.unwrap();
    assert_eq!(service.merged().await, [(visitor.id(), user.user_id)]);
}

/// Whatever comes first: the guest becomes one user's, and no registration fails.
#[tokio::test]
async fn a_guest_who_registers_twice_and_signs_in_at_once_becomes_one_user() {
    let service = Service::start().await;
    service.ada().await;
    let visitor = service.visitor_at("ada@example.com").await;
    let account = |email: &str| {
        let account = json!({ "email": email, "name": "Ada", "password": "the analytical engine" });
        with_guest(account, &visitor)
    };
    let (one, two, signed_in) = tokio::join!(
        service.register(account("one@example.com")),
        service.register(account("two@example.com")),
        service.log_in(with_guest(credentials(), &visitor)),
    );
    assert!(one.is_ok() && two.is_ok() && signed_in.is_ok());
    let mut became = service.merged().await.len();
    for email in ["one@example.com", "two@example.com"] {
        became += usize::from(service.user(email).await.user_id == visitor.id());
    }
    assert_eq!((became, service.rows_of("guest_address").await), (1, 0));
}

/// Two devices sign in to two accounts with the same guest's token, while an address is confirmed that the guest has left.
#[tokio::test]
async fn of_several_accounts_one_gets_what_the_guest_had() {
    let service = Service::start().await;
    service.ada().await;
    let eve = json!({ "email": "eve@example.com", "name": "Eve", "password": "the analytical engine" });
    service.register(eve).await.unwrap();
    let visitor = service.visitor_at("ada@example.com").await;
    let link = service.newest(LinkPurpose::ConfirmEmail).await.token;
    let mut other = with_guest(credentials(), &visitor);
    other["email"] = "eve@example.com".into();
    let (one, two, confirmed) = tokio::join!(
        service.log_in(with_guest(credentials(), &visitor)),
        service.log_in(other),
        service.confirm(&link, now()),
    );
    assert!(one.is_ok() && two.is_ok() && confirmed.is_ok());
    assert_eq!((service.merged().await.len(), service.rows_of("guest_address").await), (1, 0));
}

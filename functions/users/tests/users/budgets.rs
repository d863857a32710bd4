//! The budget of each operation: DynamoDB's read and write units, and requests. A change here changes the bill.

use domain::events::LinkPurpose;
use edge::schedule::Tick;
use edge::{Account, Anyone, Call, Cause, NoBody, Service as ServiceRole};
use serde_json::json;
use users::accounts::{
    change_password, confirm_email, get_contact, get_link, get_user, set_email, update_user,
};
use users::keys::get_discovery::Issuer;
use users::keys::{authorize_request, get_discovery, get_jwks};
use users::sessions::{end_session, list_sessions, log_in, refresh_session};

use crate::second_factor::steps_later;
use crate::sessions::{bearer, refresh_token};
use crate::staff::roles;
use crate::{Service, ada, now, of, public, public_at, read, signed_in};

#[tokio::test]
async fn every_operation_keeps_to_its_budget() {
    let service = Service::start().await;
    let used = || service.table.used();
    used();
    let user = service.ada().await;
    // Counter, credential, account, link and event, twice for being one transaction; and what the fixture reads.
    assert_eq!(used(), "4 read, 10 written: 4 GetItem, TransactWriteItems", "register-user");
    for what in ["an account exists", "again", "and again", "no mail any more"] {
        service.register(ada()).await.unwrap();
        let budget = "2 read, 10 written: 2 GetItem, TransactWriteItems";
        assert_eq!(used(), budget, "register-user: {what}, and it costs the same");
    }

    let confirmation = service.newest(LinkPurpose::ConfirmEmail).await.token;
    used();
    service.confirm(&confirmation, now()).await.unwrap();
    // The link, the account and a look for guests; link and account again.
    assert_eq!(used(), "3 read, 4 written: 2 GetItem, Query, TransactWriteItems", "confirm-email");

    let next = now() + jiff::SignedDuration::from_hours(1);
    for (email, what) in [("ada@example.com", "a known address"), ("eve@example.com", "an unknown one")] {
        service.forget(email, next).await;
        assert_eq!(
            used(),
            "2 read, 6 written: 2 GetItem, TransactWriteItems",
            "request-password-reset: {what}"
        );
    }
    for _ in 0..2 {
        service.forget("ada@example.com", next).await;
    }
    used();
    service.forget("ada@example.com", next).await;
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "request-password-reset: the fourth in an hour");
    let token = service.newest(LinkPurpose::ResetPassword).await.token;
    used();
    service.reset(&token, "the analytical engine", next).await.unwrap();
    // Link, account, credential and a look for guests; the first three, and the event.
    assert_eq!(used(), "4 read, 8 written: 3 GetItem, Query, TransactWriteItems", "reset-password");
    let again = service.reset(&token, "the analytical engine", next).await;
    assert!(again.is_err());
    assert_eq!(used(), "1 read, 0 written: GetItem", "reset-password: a link that was used");

    let with = || service.sign_ins();
    let credentials = json!({ "email": "ada@example.com", "password": "the analytical engine" });
    let reply = log_in(with(), public(credentials)).await.unwrap();
    // Credential, counter and account; the counter twice, and the session with its index entry.
    assert_eq!(used(), "3 read, 4 written: 3 GetItem, 3 PutItem", "log-in");

    for (email, what) in [("ada@example.com", "a wrong password"), ("eve@example.com", "an unknown address")]
    {
        let wrong = json!({ "email": email, "password": "a difference engine" });
        assert!(log_in(with(), public(wrong)).await.is_err());
        assert_eq!(
            used(),
            "2 read, 1 written: 2 GetItem, PutItem",
            "log-in: {what} costs the same as the other"
        );
    }

    let token = refresh_token(&reply);
    let call = || Call::new(Anyone, read(json!({ "refresh_token": token })), now());
    let with = || (service.tokens.clone(), service.users.clone());
    refresh_session(with(), call()).await.unwrap();
    // Session and account, and the session.
    assert_eq!(used(), "2 read, 1 written: 2 GetItem, PutItem", "refresh-session");
    refresh_session(with(), call()).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "refresh-session: a repeated request");

    let credential = bearer(&reply, now());
    authorize_request(service.authorizer.clone(), credential.clone()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "authorize-request: the first, and one in ten minutes");
    authorize_request(service.authorizer.clone(), credential).await.unwrap();
    assert_eq!(used(), "0 read, 0 written: ", "authorize-request: runs for every request");

    let caller = authorize_request(service.authorizer.clone(), bearer(&reply, now())).await.unwrap();
    let end = async |which: &str| {
        let call = Call::new(caller.clone(), NoBody, now()).with_path("session_id", which);
        end_session(service.users.clone(), call).await.unwrap();
    };
    list_sessions(service.users.clone(), Call::new(Account(caller.clone()), NoBody, now())).await.unwrap();
    assert_eq!(used(), "2.5 read, 0 written: BatchGetItem, GetItem, Query", "list-sessions: one");
    let passwords = json!({
        "current_password": "the analytical engine", "new_password": "the analytical engine",
    });
    change_password(service.users.clone(), Call::new(Account(caller.clone()), read(passwords), now()))
        .await
        .unwrap();
    // Session, account, credential, counter, session and account; the counter; credential, account, session and event twice.
    assert_eq!(used(), "6 read, 9 written: 6 GetItem, PutItem, TransactWriteItems", "change-password");
    let change = json!({ "email": "ada@another.example", "password": "the analytical engine" });
    set_email(service.users.clone(), Call::new(Account(caller.clone()), read(change), next)).await.unwrap();
    // Session, account, credential and both counters; a counter, and the other with link and event twice.
    assert_eq!(used(), "6 read, 9 written: 6 GetItem, PutItem, TransactWriteItems", "set-email");
    let edit = read(json!({ "locale": "de" }));
    update_user(service.users.clone(), Call::new(Account(caller.clone()), edit, now())).await.unwrap();
    // The account.
    assert_eq!(used(), "1 read, 1 written: GetItem, PutItem", "update-user");
    let app = service.app(&caller).await;
    // Session, account, credential, counter and second factor; counter and second factor.
    assert_eq!(used(), "6 read, 5 written: 6 GetItem, PutItem, TransactWriteItems", "enroll-totp");
    service.confirm_app(&caller, &app.code(now()), now()).await.unwrap();
    // Session, account, counter, second factor and account; the counter twice; second factor, account and event twice.
    assert_eq!(used(), "5 read, 8 written: 5 GetItem, 2 PutItem, TransactWriteItems", "confirm-totp");
    let challenge = service.challenge(now()).await;
    assert_eq!(
        used(),
        "3 read, 3 written: 3 GetItem, 3 PutItem",
        "log-in: with a second factor, to its challenge"
    );
    let next = steps_later(1);
    service.complete(&challenge, &app.code(next), next).await.unwrap();
    // Challenge, counter, account, second factor and credential; the challenge, the counter twice; challenge, second factor and
    // session with its index entry twice.
    assert_eq!(used(), "5 read, 10 written: 5 GetItem, 3 PutItem, TransactWriteItems", "complete-log-in");
    let next = steps_later(2);
    service.remove_app(&caller, &app.code(next), next).await.unwrap();
    assert_eq!(used(), "5 read, 8 written: 5 GetItem, 2 PutItem, TransactWriteItems", "remove-totp");
    end("all").await;
    // The caller's session, the account twice, and the account.
    assert_eq!(used(), "3 read, 1 written: 3 GetItem, PutItem", "end-session: all, however many they are");
    end("current").await;
    // The session, and the end of its index entry.
    assert_eq!(used(), "1 read, 2 written: GetItem, PutItem", "end-session");
    end("current").await;
    assert_eq!(used(), "1 read, 0 written: GetItem", "end-session: it has ended");
    end("all").await;
    assert_eq!(used(), "1 read, 0 written: GetItem", "end-session: all, of a session that has ended");

    let token = service.newest_to("ada@another.example", LinkPurpose::ConfirmEmail).await.token;
    used();
    let confirm = public_at(next, json!({ "token": token }));
    confirm_email((service.links.clone(), service.users.clone(), service.first_admin.clone()), confirm)
        .await
        .unwrap();
    // The link, the account, the credentials of both addresses, and a look for guests; the first four, a notice and an event, twice.
    let budget = "5 read, 12 written: 4 GetItem, Query, TransactWriteItems";
    assert_eq!(used(), budget, "confirm-email: another address");

    get_user(service.users.clone(), of(signed_in(user.user_id), "me")).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-user");

    let caller = ServiceRole { arn: String::new() };
    let call = Call::new(caller.clone(), NoBody, now()).with_path("user_id", user.user_id);
    get_contact(service.users.clone(), call).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-contact");

    let link = service.newest(LinkPurpose::ConfirmEmail).await.link.token_id;
    used();
    let call = Call::new(caller, NoBody, now()).with_path("token_id", link);
    assert!(get_link((service.links.clone(), service.users.clone()), call).await.is_err(), "it was used");
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-link: a link that is no longer valid");

    let admin = service.admin("grace").await.user_id;
    drop(used());
    service.put_staff(admin, "ada@another.example", roles(&["staff"])).await.unwrap();
    assert_eq!(
        used(),
        "6.5 read, 11 written: BatchGetItem, 5 GetItem, Query, TransactWriteItems",
        "put-staff: an account"
    );
    service.put_staff(admin, "eve@example.com", roles(&["staff"])).await.unwrap();
    assert_eq!(used(), "6 read, 12 written: 6 GetItem, TransactWriteItems", "put-staff: an invitation");
    let invitation = service.invitation().await;
    drop(used());
    service.accept(&invitation).await.unwrap();
    assert_eq!(
        used(),
        "4.5 read, 13 written: BatchGetItem, 2 GetItem, Query, TransactWriteItems",
        "accept-invitation"
    );
    service.find("email=eve%40example.com").await.unwrap();
    assert_eq!(
        used(),
        "5 read, 0 written: 4 GetItem, Query",
        "find-users: by address, and the fixture's caller"
    );
    service.find("role=staff").await.unwrap();
    assert_eq!(
        used(),
        "5.5 read, 0 written: BatchGetItem, 2 GetItem, Query",
        "find-users: three with a role, and the fixture's caller"
    );
    service.rotate(Tick::new(now(), Cause::new("test"))).await.unwrap();
    assert_eq!(
        used(),
        "1 read, 0 written: GetItem, secretsmanager:GetSecretValue",
        "rotate-signing-key: nothing is due"
    );

    get_jwks(service.users.clone(), Call::new(Anyone, NoBody, now())).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-jwks: the front door caches it");
    let issuer = Issuer("https://bodega.example".into());
    get_discovery(issuer, Call::new(Anyone, NoBody, now())).await.unwrap();
    assert_eq!(used(), "0 read, 0 written: ", "get-discovery: likewise");
}

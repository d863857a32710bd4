//! `PUT /admin/users/staff/{email}`.

use domain::events::LinkPurpose;
use domain::words::person::Role;
use jiff::SignedDuration;
use serde_json::json;

use super::{roles, status};
use crate::sessions::credentials;
use crate::{Service, code, now, retry_after};

#[tokio::test]
async fn a_role_is_given_and_taken_and_everybody_concerned_is_notified() {
    let service = Service::start().await;
    let (grace, joan) = (service.admin("grace").await, service.admin("joan").await);
    let ada = service.ada().await;
    service.confirm_address().await;
    let given = service.put_staff(grace.user_id, "ada@example.com", roles(&["staff"])).await.unwrap();
    assert_eq!((given.status().as_u16(), status(&given)), (200, "active".to_owned()));
    assert_eq!(service.user("ada@example.com").await.roles, [Role::Staff]);
    let mut everybody = vec![ada.user_id, grace.user_id, joan.user_id];
    everybody.sort();
    assert_eq!(service.notified(ada.user_id, &[Role::Staff]).await, everybody);
    let again =
        service.put_staff(grace.user_id, "ada@example.com", roles(&["staff", "staff"])).await.unwrap();
    assert_eq!(status(&again), "active");
    assert_eq!(service.notified(ada.user_id, &[Role::Staff]).await.len(), 3, "nothing has changed");
    let taken = service.put_staff(joan.user_id, "ada@example.com", roles(&[])).await.unwrap();
    assert_eq!(status(&taken), "removed");
    assert_eq!(service.user("ada@example.com").await.roles, []);
    assert_eq!(service.notified(ada.user_id, &[]).await, everybody);
}

/// The account may be a stranger's who has registered the address.
#[tokio::test]
async fn an_address_that_nobody_has_confirmed_gets_no_role() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    service.ada().await;
    let refused = service.put_staff(grace.user_id, "ada@example.com", roles(&["admin"])).await;
    assert_eq!(code(refused), "409 email_unconfirmed");
    assert_eq!(service.user("ada@example.com").await.roles, []);
    let nothing = service.put_staff(grace.user_id, "ada@example.com", roles(&[])).await.unwrap();
    assert_eq!(status(&nothing), "removed");
}

#[tokio::test]
async fn admins_cannot_change_their_own_roles_and_callers_without_the_role_none() {
    let service = Service::start().await;
    let (grace, ada) = (service.admin("grace").await, service.ada().await);
    let own = service.put_staff(grace.user_id, "grace@example.com", roles(&[])).await;
    assert_eq!(code(own), "403 own_roles");
    // Their access token still says that they are one.
    for email in ["grace@example.com", "eve@example.com"] {
        let late = service.put_staff(ada.user_id, email, roles(&["admin"])).await;
        assert_eq!(code(late), "403 not_admin", "{email}");
    }
    assert_eq!(service.rows_of("invitation").await, 0);
}

#[tokio::test]
async fn of_two_admins_who_remove_each_other_one_is_left() {
    for _ in 0..10 {
        let service = Service::start().await;
        let (grace, joan) = (service.admin("grace").await, service.admin("joan").await);
        let (one, two) = tokio::join!(
            service.put_staff(grace.user_id, "joan@example.com", roles(&[])),
            service.put_staff(joan.user_id, "grace@example.com", roles(&[])),
        );
        let refused = [one, two].into_iter().filter_map(Result::err).map(|problem| problem.code().to_owned());
        assert_eq!(refused.collect::<Vec<_>>(), ["not_admin"]);
        let left = [service.user("grace@example.com").await, service.user("joan@example.com").await];
        assert_eq!(left.iter().filter(|user| user.roles == [Role::Admin]).count(), 1);
    }
}

#[tokio::test]
async fn a_lost_second_factor_is_removed_with_every_session() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    let (_, _, codes) = service.ada_with_app().await;
    let session = service.sign_in_with(&codes[0], now()).await.unwrap();
    let reset = json!({ "roles": ["staff"], "reset_second_factor": true });
    service.put_staff(grace.user_id, "ada@example.com", reset.clone()).await.unwrap();
    assert_eq!(service.log_in(credentials()).await.unwrap().status(), 200);
    let next = now() + SignedDuration::from_mins(1);
    let refreshed = service.refresh(&crate::sessions::refresh_token(&session), next).await;
    assert_eq!(code(refreshed), "401 session_revoked");
    assert_eq!(service.rows_of("second_factor").await, 0);
    assert_eq!(service.user("ada@example.com").await.roles, [Role::Staff]);
    let events = service.events().await.len();
    service.put_staff(grace.user_id, "ada@example.com", reset).await.unwrap();
    assert_eq!(service.events().await.len(), events, "there is none to tell of");
    let customer = json!({ "roles": [], "reset_second_factor": true });
    service.put_staff(grace.user_id, "ada@example.com", roles(&[])).await.unwrap();
    assert_eq!(code(service.put_staff(grace.user_id, "ada@example.com", customer).await), "409 not_staff");
}

#[tokio::test]
async fn an_admin_whose_sessions_were_ended_decides_nothing() {
    let service = Service::start().await;
    let joan = service.admin("joan").await;
    let caller = service.admins.lock().unwrap()[&joan.user_id].clone();
    let end = edge::Call::new(caller, edge::NoBody, now()).with_path("session_id", "current");
    users::sessions::end_session(service.users.clone(), end).await.unwrap();
    let stolen = service.put_staff(joan.user_id, "eve@example.com", roles(&["admin"])).await;
    assert_eq!(code(stolen), "403 not_admin");
}

#[tokio::test]
async fn a_decision_ends_the_invitation_of_an_account_that_was_created_otherwise() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    service.put_staff(grace.user_id, "ada@example.com", roles(&["admin"])).await.unwrap();
    let invitation = service.newest_to("ada@example.com", LinkPurpose::Invitation).await.token;
    service.ada().await;
    service.confirm_address().await;
    service.put_staff(grace.user_id, "ada@example.com", roles(&[])).await.unwrap();
    let body = json!({ "token": invitation, "name": "Ada", "password": "the analytical engine" });
    assert_eq!(code(service.accept_as(body).await), "404 link_invalid");
}

#[tokio::test]
async fn an_address_that_was_never_invited_and_has_no_account_is_not_found() {
    let service = Service::start().await;
    let grace = service.admin("grace").await.user_id;
    let mistyped = service.put_staff(grace, "eve@exmaple.com", roles(&[])).await;
    assert_eq!(code(mistyped), "404 user_not_found");
    assert_eq!(service.acted().await, []);
}

#[tokio::test]
async fn the_fourth_invitation_in_an_hour_is_refused_and_leaves_the_third() {
    let service = Service::start().await;
    let grace = service.admin("grace").await.user_id;
    for role in ["staff", "admin", "staff"] {
        service.put_staff(grace, "eve@example.com", roles(&[role])).await.unwrap();
    }
    let refused = service.put_staff(grace, "eve@example.com", roles(&["admin"])).await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 429);
    assert_eq!((refused.code(), retry_after(&refused)), ("too_many_invitations", Some(3_600)));
    service.put_staff(grace, "joan@example.com", roles(&["staff"])).await.unwrap();
    assert_eq!(service.acted().await.len(), 4);
    service.accept(&service.good_invitation("eve@example.com").await).await.unwrap();
    assert_eq!(service.user("eve@example.com").await.roles, [Role::Staff]);
}

#[tokio::test]
async fn invitations_can_be_withdrawn_however_many_there_were() {
    let service = Service::start().await;
    let grace = service.admin("grace").await.user_id;
    for names in [&["staff"][..], &[], &["staff"], &[], &["staff"], &[]] {
        service.put_staff(grace, "eve@example.com", roles(names)).await.unwrap();
    }
    let again = service.put_staff(grace, "eve@example.com", roles(&["staff"])).await;
    assert_eq!(code(again), "429 too_many_invitations");
    let removed = service.put_staff(grace, "eve@example.com", roles(&[])).await.unwrap();
    assert_eq!(status(&removed), "removed");
}

#[tokio::test]
async fn concurrent_invitations_mail_three_links() {
    let service = Service::start().await;
    let grace = service.admin("grace").await.user_id;
    let invite = || service.put_staff(grace, "eve@example.com", roles(&["staff"]));
    let replies = futures::future::join_all((0..5).map(|_| invite())).await;
    let mailed = service.mailed().await;
    let mails = mailed.iter().filter(|mailed| mailed.link.purpose == LinkPurpose::Invitation).count();
    assert_eq!((replies.iter().filter(|reply| reply.is_ok()).count(), mails), (3, 3));
}

/// The ids of the others come before those of the two admins.
#[tokio::test]
async fn of_more_than_a_hundred_with_a_role_every_admin_is_notified_and_found() {
    let service = Service::start().await;
    let (grace, joan) = (service.admin("grace").await, service.admin("joan").await);
    service.hire(100).await;
    let ada = service.ada().await;
    service.confirm_address().await;
    service.put_staff(grace.user_id, "ada@example.com", roles(&["staff"])).await.unwrap();
    let mut everybody = vec![ada.user_id, grace.user_id, joan.user_id];
    everybody.sort();
    assert_eq!(service.notified(ada.user_id, &[Role::Staff]).await, everybody);
    assert_eq!(service.find("role=admin").await.unwrap(), ["grace@example.com", "joan@example.com"]);
    assert_eq!(service.find("role=staff").await.unwrap().len(), 101);
    service.put_staff(grace.user_id, "joan@example.com", roles(&[])).await.unwrap();
    let last = service.put_staff(joan.user_id, "grace@example.com", roles(&[])).await;
    assert_eq!(code(last), "403 not_admin", "one admin is left");
}

#[tokio::test]
async fn every_write_is_for_the_record_once_and_what_writes_nothing_is_not() {
    let service = Service::start().await;
    let grace = service.admin("grace").await.user_id;
    let (ada, _, _) = service.ada_with_app().await;
    let reset = json!({ "roles": ["staff"], "reset_second_factor": true });
    for (email, body, count, what) in [
        ("ada@example.com", roles(&["staff"]), 1, "a role"),
        ("ada@example.com", roles(&["staff"]), 1, "the same again"),
        ("ada@example.com", reset, 2, "the second factor"),
        ("ada@example.com", roles(&[]), 3, "none any more"),
        ("eve@example.com", roles(&["staff"]), 4, "an invitation"),
        ("eve@example.com", roles(&[]), 5, "none any more"),
        ("eve@example.com", roles(&[]), 5, "the same again"),
        ("grace@example.com", roles(&[]), 5, "their own, which is refused"),
    ] {
        let replied = service.put_staff(grace, email, body).await;
        assert_eq!(replied.is_ok(), email != "grace@example.com", "{what}");
        assert_eq!(service.acted().await.len(), count, "{what}");
    }
    let acted = service.acted().await;
    assert!(acted.iter().all(|acted| acted.actor == grace && acted.action.as_ref() == "put-staff"));
    let about_ada = acted.iter().filter(|acted| acted.subject == ada.user_id.into()).count();
    assert_eq!(about_ada, 3, "{acted:?}");
    let about_eve: Vec<_> = acted.iter().filter(|acted| acted.subject != ada.user_id.into()).collect();
    assert_eq!(about_eve[0].subject, about_eve[1].subject, "the account that she would have had");
}

#[tokio::test]
async fn roles_that_do_not_exist_are_refused() {
    for body in
        [json!({}), json!({ "roles": ["owner"] }), json!({ "roles": "admin" }), json!({ "roles": null })]
    {
        assert!(serde_json::from_value::<users::staff::put_staff::PutStaff>(body.clone()).is_err(), "{body}");
    }
}

//! `POST /users/invitations/acceptance`.

use domain::events::LinkPurpose;
use domain::words::person::Role;
use serde_json::json;

use super::{roles, status};
use crate::mailed::{Mailed, altered};
use crate::{Service, code};

#[tokio::test]
async fn an_invitation_creates_an_account_with_its_roles_once() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    let invited = service.put_staff(grace.user_id, "eve@example.com", roles(&["staff"])).await.unwrap();
    assert_eq!(status(&invited), "invited");
    let token = service.invitation().await;
    assert_eq!(service.accept(&token).await.unwrap().status(), 204);
    let eve = service.user("eve@example.com").await;
    assert_eq!((&eve.roles[..], eve.email_verified), (&[Role::Staff][..], true));
    let mut told = vec![eve.user_id, grace.user_id];
    told.sort();
    assert_eq!(service.notified(eve.user_id, &[Role::Staff]).await, told);
    assert_eq!(code(service.accept(&token).await), "404 link_invalid");
    let device = service.device_of("eve@example.com").await;
    assert_eq!(device.caller.roles, [], "roles need a second factor");
}

#[tokio::test]
async fn only_the_newest_link_works_and_none_after_the_invitation_was_withdrawn() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    let invite = async |names: &[&str]| {
        status(&service.put_staff(grace.user_id, "eve@example.com", roles(names)).await.unwrap())
    };
    invite(&["admin"]).await;
    let first = service.invitation().await;
    invite(&["staff"]).await;
    assert_eq!(code(service.accept(&first).await), "404 link_invalid");
    let is_second = |mailed: &Mailed| mailed.link.purpose == LinkPurpose::Invitation && mailed.token != first;
    let second = service.mailed().await.into_iter().find(is_second).unwrap().token;
    assert_eq!(invite(&[]).await, "removed");
    assert_eq!(code(service.accept(&second).await), "404 link_invalid");
    assert_eq!(invite(&[]).await, "removed", "a retry");
    assert_eq!(service.rows_of("user").await, 1);
}

#[tokio::test]
async fn an_address_that_has_an_account_meanwhile_is_refused() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    service.put_staff(grace.user_id, "eve@example.com", roles(&["staff"])).await.unwrap();
    let token = service.invitation().await;
    let account = json!({ "email": "eve@example.com", "name": "Eve", "password": "the analytical engine" });
    service.register(account).await.unwrap();
    assert_eq!(code(service.accept(&token).await), "409 email_taken");
    assert_eq!(service.user("eve@example.com").await.roles, []);
}

#[tokio::test]
async fn a_bad_link_or_password_creates_nothing() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    service.put_staff(grace.user_id, "eve@example.com", roles(&["staff"])).await.unwrap();
    let token = service.invitation().await;
    for bad in [altered(&token), String::new(), token.replace("tok_", "ses_")] {
        assert_eq!(code(service.accept(&bad).await), "404 link_invalid", "{bad}");
    }
    let reset = json!({ "token": token, "password": "the analytical engine" });
    let call = crate::public(reset);
    let reset =
        users::password_resets::reset_password((service.links.clone(), service.users.clone()), call).await;
    assert_eq!(code(reset), "404 link_invalid", "it is for another purpose");
    let personal = json!({ "token": token, "name": "Eve", "password": "eve@example.com" });
    assert_eq!(code(service.accept_as(personal).await), "422 password_is_email");
    assert_eq!(service.rows_of("user").await, 1);
    service.accept(&token).await.unwrap();
}

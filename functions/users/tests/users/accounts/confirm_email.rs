//! `POST /email-confirmations`.

use domain::events::LinkPurpose;
use domain::words::person::Role;
use edge::{Problem, Reply};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use users::accounts::confirm_email;
use users::accounts::confirm_email::{ConfirmedEmail, FirstAdmin};

use crate::mailed::altered;
use crate::{Service, ada, code, now, public_at};

impl Service {
    pub async fn confirm(&self, token: &str, now: Timestamp) -> Result<Reply<ConfirmedEmail>, Problem> {
        let adapters = (self.links.clone(), self.users.clone(), self.first_admin.clone());
        confirm_email(adapters, public_at(now, json!({ "token": token }))).await
    }

    /// Opens the link of the welcome.
    pub async fn confirm_address(&self) {
        let token = self.newest(LinkPurpose::ConfirmEmail).await.token;
        self.confirm(&token, now()).await.unwrap();
    }
}

#[tokio::test]
async fn the_link_of_the_welcome_confirms_the_address_once() {
    let service = Service::start().await;
    let user = service.ada().await;
    let token = service.newest(LinkPurpose::ConfirmEmail).await.token;
    let reply = service.confirm(&token, now()).await.unwrap();
    let confirmed = ConfirmedEmail { user_id: user.user_id, email: user.email.clone().unwrap() };
    assert_eq!((reply.status().as_u16(), reply.body()), (200, Some(&confirmed)));
    assert!(!user.email_verified && service.user("ada@example.com").await.email_verified);
    assert_eq!(code(service.confirm(&token, now()).await), "404 link_invalid", "it was used");
}

#[tokio::test]
async fn a_link_is_valid_for_a_day() {
    let service = Service::start().await;
    service.ada().await;
    let (token, day) =
        (service.newest(LinkPurpose::ConfirmEmail).await.token, SignedDuration::from_hours(24));
    assert_eq!(code(service.confirm(&token, now() + day).await), "404 link_invalid");
    let late = now() + day - SignedDuration::from_millis(1);
    assert!(service.confirm(&token, late).await.is_ok());
}

#[tokio::test]
async fn two_confirmations_at_once_use_the_link_once() {
    let service = Service::start().await;
    service.ada().await;
    let token = service.newest(LinkPurpose::ConfirmEmail).await.token;
    let all = (0..4).map(|_| service.confirm(&token, now()));
    let answers = futures::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.into_iter().filter(Result::is_err).all(|answer| code(answer) == "404 link_invalid"));
}

#[tokio::test]
async fn any_other_token_is_refused_alike() {
    let service = Service::start().await;
    service.ada().await;
    let token = service.newest(LinkPurpose::ConfirmEmail).await.token;
    // The second registration mails a link of another purpose.
    service.register(ada()).await.unwrap();
    let other_purpose = service.newest(LinkPurpose::ResetPassword).await.token;
    let (id, mac) = token.split_once('.').unwrap();
    let (other_id, other_mac) = other_purpose.split_once('.').unwrap();
    for bad in [
        String::new(),
        "tok_01KAQV8T00ADA0000000000008".to_owned(),
        format!("{id}."),
        format!("{id}.{other_mac}"),
        format!("{other_id}.{mac}"),
        format!("tok_01KAQV8T00ADA0000000000008.{mac}"),
        altered(&token),
        other_purpose.clone(),
        "x".repeat(10_000),
    ] {
        assert_eq!(code(service.confirm(&bad, now()).await), "404 link_invalid", "{bad}");
    }
    assert!(service.confirm(&token, now()).await.is_ok(), "it was not spent by any of them");
}

#[tokio::test]
async fn a_link_of_an_address_that_the_account_no_longer_has_is_refused() {
    let service = Service::start().await;
    let user = service.ada().await;
    let token = service.newest(LinkPurpose::ConfirmEmail).await.token;
    let row = (format!("USER#{}", user.user_id), "USER");
    service.set((&row.0, row.1), "email", "ada@another.example").await;
    assert_eq!(code(service.confirm(&token, now()).await), "404 link_invalid");
    assert!(!service.user("ada@example.com").await.email_verified);
    service.delete(&row.0, row.1).await;
    assert_eq!(code(service.confirm(&token, now()).await), "404 link_invalid", "no account");
}

#[tokio::test]
async fn the_first_admin_is_whoever_confirms_the_address_of_the_deployment_as_long_as_there_is_none() {
    let mut service = Service::start().await;
    service.first_admin = FirstAdmin(Some("ada@example.com".parse().unwrap()));
    service.ada().await;
    assert_eq!(service.user("ada@example.com").await.roles, []);
    service.confirm_address().await;
    assert_eq!(service.user("ada@example.com").await.roles, [Role::Admin]);

    let mut other = Service::start().await;
    other.admin("grace").await;
    other.first_admin = FirstAdmin(Some("ada@example.com".parse().unwrap()));
    other.ada().await;
    other.confirm_address().await;
    assert_eq!(other.user("ada@example.com").await.roles, [], "there is an admin");
    assert_eq!(code(other.confirm("tok_1.A", now()).await), "404 link_invalid");
}

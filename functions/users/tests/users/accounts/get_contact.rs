//! `GET /internal/users/{user_id}/contact`.

use domain::events::LinkPurpose;
use domain::words::contact::Contact;
use domain::words::id::UserId;
use edge::{Call, NoBody, Problem, Reply, Service as ServiceRole};
use jiff::Timestamp;
use users::accounts::get_contact;

use crate::sessions::later;
use crate::{Service, code, now};

async fn ask(
    service: &Service,
    id: impl ToString,
    query: &str,
    now: Timestamp,
) -> Result<Reply<Contact>, Problem> {
    let caller = ServiceRole { arn: "arn:aws:sts::000000000000:assumed-role/send-notification/1".to_owned() };
    let call = Call::new(caller, NoBody, now).with_path("user_id", id).with_query(query)?;
    get_contact((service.links.clone(), service.users.clone()), call).await
}

#[tokio::test]
async fn a_service_gets_the_name_and_address_of_a_user() {
    let service = Service::start().await;
    let user = service.ada().await;
    let reply = ask(&service, user.user_id, "", now()).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "name": "Ada Lovelace",
      "email": "ada@example.com"
    }
    "#);
    let nobody = UserId::from_parts(0, 5);
    assert_eq!(code(ask(&service, nobody, "", now()).await), "404 user_not_found");
    assert_eq!(code(ask(&service, "me", "", now()).await), "404 not_found");
}

#[tokio::test]
async fn a_service_gets_the_link_to_mail_while_it_is_valid() {
    let service = Service::start().await;
    let user = service.ada().await;
    service.forget("ada@example.com", now()).await;
    let mailed = service.newest(LinkPurpose::ResetPassword).await;
    let query = format!("token={}", mailed.link.token_id);
    let reply = ask(&service, user.user_id, &query, later(29)).await.unwrap();
    let link = reply.body().unwrap().link.as_ref().unwrap();
    let expected = format!("https://bodega.example/reset-password#token={}", mailed.token);
    assert_eq!(link.reveal(), expected);
    assert!(!format!("{reply:?}").contains(mailed.token.split_once('.').unwrap().1));

    assert_eq!(code(ask(&service, user.user_id, &query, later(30)).await), "404 link_invalid", "too late");
    assert_eq!(
        code(ask(&service, user.user_id, "token=tok_01KAQV8T00ADA0000000000008", now()).await),
        "404 link_invalid"
    );
    assert_eq!(code(ask(&service, user.user_id, "token=tok_1", now()).await), "400 invalid_query");
    service.reset(&mailed.token, "a wholly different engine", later(1)).await.unwrap();
    assert_eq!(code(ask(&service, user.user_id, &query, later(2)).await), "404 link_invalid", "used");
}

#[tokio::test]
async fn a_link_is_not_shown_with_another_user() {
    let service = Service::start().await;
    service.ada().await;
    let eve =
        serde_json::json!({ "email": "eve@example.com", "name": "Eve", "password": "the other engine" });
    service.register(eve).await.unwrap();
    service.forget("ada@example.com", now()).await;
    let ada = service.user("ada@example.com").await.user_id;
    let eve = service.user("eve@example.com").await.user_id;
    let mailed = service.mailed().await;
    let of_ada = mailed.iter().find(|mailed| mailed.link.user_id == ada).unwrap().link.token_id;
    assert_eq!(code(ask(&service, eve, &format!("token={of_ada}"), now()).await), "404 link_invalid");
}

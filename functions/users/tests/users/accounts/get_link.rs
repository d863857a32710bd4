//! `GET /internal/links/{token_id}`.

use domain::events::LinkPurpose;
use domain::words::contact::Contact;
use edge::{Call, NoBody, Problem, Reply, Service as ServiceRole};
use jiff::Timestamp;
use users::accounts::get_link;

use crate::sessions::later;
use crate::{Service, code, now};

async fn ask(service: &Service, id: impl ToString, now: Timestamp) -> Result<Reply<Contact>, Problem> {
    let caller = ServiceRole { arn: "arn:aws:sts::000000000000:assumed-role/send-account-mail/1".to_owned() };
    let call = Call::new(caller, NoBody, now).with_path("token_id", id);
    get_link((service.links.clone(), service.users.clone()), call).await
}

#[tokio::test]
async fn a_link_is_returned_with_its_address_while_it_is_valid() {
    let service = Service::start().await;
    service.ada().await;
    service.forget("ada@example.com", now()).await;
    let mailed = service.newest(LinkPurpose::ResetPassword).await;
    let id = mailed.link.token_id;
    let reply = ask(&service, id, later(29)).await.unwrap();
    let contact = reply.body().unwrap();
    assert_eq!((contact.name.as_ref(), contact.email.as_ref()), ("Ada Lovelace", "ada@example.com"));
    let expected = format!("https://bodega.example/reset-password#token={}", mailed.token);
    assert_eq!(contact.link.as_ref().unwrap().reveal(), expected);
    assert!(!format!("{reply:?}").contains(mailed.token.split_once('.').unwrap().1), "not in logs");

    assert_eq!(code(ask(&service, id, later(30)).await), "404 link_invalid", "too late");
    service.reset(&mailed.token, "a wholly different engine", later(1)).await.unwrap();
    assert_eq!(code(ask(&service, id, later(2)).await), "404 link_invalid", "used");
}

#[tokio::test]
async fn a_link_that_is_nobodys_is_not_returned() {
    let service = Service::start().await;
    service.forget("eve@example.com", now()).await;
    let nobodys = service.newest_to("eve@example.com", LinkPurpose::ResetPassword).await.link.token_id;
    for id in [nobodys.to_string(), "tok_01KAQV8T00ADA0000000000008".to_owned()] {
        assert_eq!(code(ask(&service, id, now()).await), "404 link_invalid");
    }
    assert_eq!(code(ask(&service, "tok_1", now()).await), "404 not_found");
}

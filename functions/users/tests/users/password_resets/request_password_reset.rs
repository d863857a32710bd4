//! `POST /password-resets`.

use std::collections::BTreeSet;

use domain::events::LinkPurpose;

use crate::sessions::later;
use crate::{Service, now};

#[tokio::test]
async fn a_link_is_mailed_to_the_accounts_address() {
    let service = Service::start().await;
    let user = service.ada().await;
    let reply = service.forget("ADA@example.com", now()).await;
    assert_eq!((reply.status().as_u16(), reply.body()), (202, None));
    let link = service.newest(LinkPurpose::ResetPassword).await.link;
    assert_eq!((link.user_id, link.email.as_ref()), (user.user_id, "ada@example.com"));
    assert_eq!(link.valid_until, later(30));
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_reply_and_the_same_work_and_its_link_is_nobodys() {
    let service = Service::start().await;
    let user = service.ada().await;
    let earlier = service.table.used();
    let known = service.forget("ada@example.com", now()).await;
    let work = service.table.used();
    assert_ne!(work, earlier);
    let unknown = service.forget("eve@example.com", now()).await;
    assert_eq!(unknown, known);
    assert_eq!(service.table.used(), work);
    let link = service.newest_to("eve@example.com", LinkPurpose::ResetPassword).await.link;
    assert_ne!(link.user_id, user.user_id);
    assert!(service.users.get(link.user_id).await.unwrap().is_none());
}

#[tokio::test]
async fn the_fourth_in_an_hour_gets_the_same_reply_and_no_mail() {
    let service = Service::start().await;
    service.ada().await;
    let welcome = service.mailed().await.len();
    let mut replies = Vec::new();
    for minute in [0, 10, 20, 30, 79] {
        replies.push(service.forget("ada@example.com", later(minute)).await);
    }
    assert!(replies.iter().all(|reply| *reply == replies[0]));
    assert_eq!(service.mailed().await.len(), welcome + 3);
    service.forget("ada@example.com", later(80)).await;
    assert_eq!(service.mailed().await.len(), welcome + 4, "an hour after the third");
}

#[tokio::test]
async fn concurrent_requests_mail_three_links() {
    let service = Service::start().await;
    service.ada().await;
    let welcome = service.mailed().await.len();
    futures::future::join_all((0..8).map(|_| service.forget("ada@example.com", now()))).await;
    let mailed = service.mailed().await;
    assert_eq!(mailed.len(), welcome + 3);
    let tokens: BTreeSet<&str> = mailed.iter().map(|mailed| mailed.token.as_str()).collect();
    assert_eq!(tokens.len(), welcome + 3, "each is another one");
}

#[tokio::test]
async fn what_proves_a_link_is_stored_nowhere() {
    let service = Service::start().await;
    service.ada().await;
    service.forget("ada@example.com", now()).await;
    let rows = service.rows().await.join("\n");
    for mailed in service.mailed().await {
        let (id, secret) = mailed.token.split_once('.').unwrap();
        assert!(rows.contains(id) && !rows.contains(secret));
    }
}

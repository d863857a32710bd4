//! `POST /sessions/link`.

use domain::users::link::LinkToken;
use domain::words::id::{LinkTokenId, OrderId, UserId};
use edge::{Anyone, Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde_json::json;
use users::accounts::get_link;
use users::links::rows::link_key;
use users::sessions::open_order_link;
use users::sessions::open_order_link::OpenedLink;

use crate::guests::compare_contact::look_up;
use crate::guests::with_guest;
use crate::sessions::{credentials, later};
use crate::{Service, code, now, read};

impl Service {
    pub async fn order_link(&self, number: u128) -> LinkToken {
        let id = LinkTokenId::from_parts(0, number);
        self.users_table().get(&link_key(id)).await.unwrap().unwrap().value
    }

    /// Asks for a link to an order of `owner`, and returns its token.
    async fn look_up(&self, email: &str, owner: UserId, number: u128) -> String {
        self.compare(look_up("X60W-P2C2M", email, Some(owner), number), now()).await.unwrap();
        let link = self.links.link(&self.order_link(number).await).unwrap();
        link.reveal().split_once("/order-lookup#token=").unwrap().1.to_owned()
    }

    async fn open(&self, token: &str, at: Timestamp) -> Result<Reply<OpenedLink>, Problem> {
        let call = Call::new(Anyone, read(json!({ "token": token })), at);
        open_order_link((self.links.clone(), self.tokens.clone(), self.users.clone()), call).await
    }
}

#[tokio::test]
async fn a_link_starts_a_session_of_the_guest_once() {
    let service = Service::start().await;
    let guest = service.visitor_at("eve@example.com").await;
    let token = service.look_up("eve@example.com", guest.id(), 1).await;
    let opened = service.open(&token, later(24 * 60 - 1)).await.unwrap();
    let opened = json!(opened.body().unwrap());
    assert_eq!((&opened["user_id"], &opened["guest"]), (&json!(guest.id()), &json!(true)));
    assert_eq!(opened["order_id"], json!(OrderId::from_parts(0, 1)));
    assert_eq!(code(service.open(&token, now()).await), "404 link_invalid", "twice");
}

#[tokio::test]
async fn what_is_no_valid_link_to_an_order_starts_none() {
    let service = Service::start().await;
    let guest = service.visitor_at("eve@example.com").await;
    let of_guest = service.look_up("eve@example.com", guest.id(), 1).await;
    assert_eq!(code(service.open(&of_guest, later(24 * 60)).await), "404 link_invalid", "after a day");
    let of_nobody = service.look_up("ada@example.com", guest.id(), 2).await;
    assert_eq!(code(service.open(&of_nobody, now()).await), "404 link_invalid");
    assert_eq!(code(service.open(&format!("{of_guest}A"), now()).await), "404 link_invalid");
}

#[tokio::test]
async fn an_accounts_order_needs_its_owner_to_sign_in() {
    let service = Service::start().await;
    let ada = service.ada().await;
    let token = service.look_up("ada@example.com", ada.user_id, 1).await;
    assert_eq!(code(service.open(&token, now()).await), "409 sign_in_needed");
    let guest = service.visitor_at("eve@example.com").await;
    let token = service.look_up("eve@example.com", guest.id(), 2).await;
    service.log_in(with_guest(credentials(), &guest)).await.unwrap();
    assert_eq!(code(service.open(&token, now()).await), "409 sign_in_needed", "it has become an account's");
}

#[tokio::test]
async fn the_mail_gets_the_link_with_the_guests_language() {
    let service = Service::start().await;
    let guest = service.visitor_at("eve@example.com").await;
    let token = service.look_up("eve@example.com", guest.id(), 1).await;
    let caller = edge::Service { arn: "send-account-mail".to_owned() };
    let call = Call::new(caller, NoBody, now()).with_path("token_id", LinkTokenId::from_parts(0, 1));
    let reply = get_link((service.links.clone(), service.users.clone()), call).await.unwrap();
    let contact = reply.body().unwrap();
    assert_eq!((contact.email.as_ref(), contact.locale.as_ref()), ("eve@example.com", "de"));
    assert!(contact.link.as_ref().unwrap().reveal().ends_with(&token));
    let used = || service.table.used();
    drop(used());
    service.open(&token, now()).await.unwrap();
    // The link, no account, and the guest; the link and the session, twice, and the session's index entry.
    assert_eq!(used(), "3 read, 5 written: 3 GetItem, TransactWriteItems", "open-order-link");
}

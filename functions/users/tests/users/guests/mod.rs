//! Guests.

mod budgets;
mod compare_contact;
mod get_user;
mod keep_contact;
mod merge;
mod open_order_link;
mod start_guest_session;

use domain::words::contact::Contact;
use domain::words::id::UserId;
use edge::{Anyone, Call, Problem, Reply, SignedIn};
use jiff::Timestamp;
use serde_json::{Value, json};
use users::accounts::get_contact;
use users::guests;
use users::keys::authorize_request;

use crate::sessions::{bearer, refresh_token};
use crate::{Service, now, read};

/// A guest, as the client that has started the session knows it.
pub struct Visitor {
    pub caller: SignedIn,
    pub refresh_token: String,
}

impl Visitor {
    pub fn id(&self) -> UserId {
        self.caller.user_id
    }
}

impl Service {
    /// Starts the session of a guest who reads German.
    pub async fn visitor(&self) -> Visitor {
        let call = Call::new(Anyone, read(json!({ "locale": "de" })), now());
        let reply = guests::start_guest_session(self.sign_ins(), call).await.unwrap();
        let caller = authorize_request(self.authorizer.clone(), bearer(&reply, now())).await.unwrap();
        Visitor { caller, refresh_token: refresh_token(&reply) }
    }

    /// Starts the session of a guest who has left an address.
    pub async fn visitor_at(&self, email: &str) -> Visitor {
        let visitor = self.visitor().await;
        self.keep(visitor.id(), email, now()).await.unwrap();
        visitor
    }

    pub async fn keep(&self, user: UserId, email: &str, now: Timestamp) -> Result<Reply<Contact>, Problem> {
        let caller = edge::Service { arn: "place-order".to_owned() };
        let body = json!({ "name": "Ada Lovelace", "email": email });
        let call = Call::new(caller, read(body), now).with_path("user_id", user);
        guests::keep_contact(self.users.clone(), call).await
    }

    /// Asks for a user's contact details as the services do that send mails.
    pub async fn contact(&self, user: UserId) -> Result<Reply<Contact>, Problem> {
        let caller = edge::Service { arn: "send-notification".to_owned() };
        let call = Call::new(caller, edge::NoBody, now()).with_path("user_id", user);
        get_contact(self.users.clone(), call).await
    }

    /// Returns the accounts that guests were merged into, with the guests.
    pub async fn merged(&self) -> Vec<(UserId, UserId)> {
        let merged = self.events().await.into_iter().filter_map(|event| match event {
            domain::events::Event::User(domain::events::UserEvent::Merged(merged)) => {
                Some((merged.from, merged.into))
            }
            _ => None,
        });
        merged.collect()
    }
}

/// Returns a body with a guest's refresh token.
pub fn with_guest(mut body: Value, visitor: &Visitor) -> Value {
    body["guest_refresh_token"] = visitor.refresh_token.clone().into();
    body
}

//! Who works in the shop.

mod accept_invitation;
mod find_users;
mod put_staff;

use domain::events::{Event, LinkPurpose, RolesChanged, UserEvent};
use domain::users::User;
use domain::words::id::{LinkTokenId, UserId};
use domain::words::locale::Locale;
use domain::words::person::{Email, Name, Role};
use edge::{Admin, Call, Problem, Reply, SignedIn};
use serde_json::{Value, json};
use store::{Committed, Item, Row, Transaction};
use users::accounts::profile::Profile;
use users::accounts::rows::UserRow;
use users::staff as operations;
use users::staff::put_staff::StaffMember;

use crate::sessions::seconds_later;
use crate::{Service, now, read, signed_in};

impl Service {
    /// Registers an account and makes it an admin.
    pub async fn admin(&self, name: &str) -> Profile {
        let email = format!("{name}@example.com");
        let account = json!({ "email": email, "name": name, "password": "the analytical engine" });
        self.register(account).await.unwrap();
        let user = self.user(&email).await;
        self.make_admin(user.user_id).await;
        let caller = self.device_of(&email).await.caller;
        self.admins.lock().unwrap().insert(user.user_id, caller);
        self.user(&email).await
    }

    /// Decides on roles, a second after everything else.
    pub async fn put_staff(
        &self,
        admin: UserId,
        email: &str,
        body: Value,
    ) -> Result<Reply<StaffMember>, Problem> {
        let session = self.admins.lock().unwrap().get(&admin).cloned().unwrap_or_else(|| signed_in(admin));
        let caller = Admin(SignedIn { roles: vec![Role::Admin], ..session });
        operations::put_staff(
            self.users.clone(),
            Call::new(caller, read(body), seconds_later(1)).with_path("email", email),
        )
        .await
    }

    pub async fn accept(&self, token: &str) -> Result<Reply<()>, Problem> {
        self.accept_as(json!({ "token": token, "name": "Eve", "password": "the analytical engine" })).await
    }

    pub async fn accept_as(&self, body: Value) -> Result<Reply<()>, Problem> {
        operations::accept_invitation((self.links.clone(), self.users.clone()), crate::public(body)).await
    }

    /// Creates so many accounts with the role `staff`, which nobody signs in to.
    pub async fn hire(&self, count: u128) {
        for number in 1..=count {
            let (email, name) = (format!("{number}@staff.example"), Name::try_new("Staff").unwrap());
            let (email, id) = (Email::try_new(email).unwrap(), UserId::from_parts(0, number));
            let link = LinkTokenId::from_parts(0, number);
            let (user, _) = User::register(id, email, name, Locale::default(), link, now());
            let user = User { roles: vec![Role::Staff], ..user };
            let item = UserRow::place(&user, Item::new(UserRow::key(&user), UserRow::KIND, &user));
            let hired = Transaction::new().insert(UserRow::KIND, item, now());
            assert!(matches!(self.users_table().commit(hired).await.unwrap(), Committed::Written));
        }
    }

    /// Returns the token of the invitation of an address that can be accepted.
    pub async fn good_invitation(&self, email: &str) -> String {
        let invitation = self.users.invitation(&Email::try_new(email).unwrap()).await.unwrap().unwrap().value;
        let mut mailed = self.mailed().await.into_iter();
        mailed.find(|mailed| invitation.is_by(mailed.link.token_id)).unwrap().token
    }

    /// Returns the token of the newest invitation of Eve.
    pub async fn invitation(&self) -> String {
        self.newest_to("eve@example.com", LinkPurpose::Invitation).await.token
    }

    /// Returns who was notified of an account's roles, sorted.
    pub async fn notified(&self, of: UserId, as_roles: &[Role]) -> Vec<UserId> {
        let events = self.events().await;
        let mut notified: Vec<UserId> = events
            .iter()
            .filter_map(|event| match event {
                Event::User(UserEvent::RolesChanged(RolesChanged { user_id, account, roles }))
                    if *account == of && roles == as_roles =>
                {
                    Some(*user_id)
                }
                _ => None,
            })
            .collect();
        notified.sort();
        notified
    }
}

pub fn roles(names: &[&str]) -> Value {
    json!({ "roles": names })
}

pub fn status(reply: &Reply<StaffMember>) -> String {
    json!(reply.body().unwrap())["status"].as_str().unwrap().to_owned()
}

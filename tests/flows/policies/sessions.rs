//! Flows of accounts and sessions, which work in an empty shop.

mod addresses;
mod erasure;
mod guests;
mod staff;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use engines::aws::Service;
use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use runtime::site::FIRST_ADMIN;
use serde_json::{Value, json};
use tests::{App, Customer, Reply, Shop};

use self::guests::{concerns_a_guest, with_guest};
use super::trial::{Seen, fire};

const FUNCTIONS: [&str; 30] = [
    // It reads its secret when the first mail is sent.
    "get-link",
    "start-guest-session",
    "register-user",
    "log-in",
    "refresh-session",
    "get-jwks",
    "authorize-request",
    "get-user",
    "update-user",
    "list-addresses",
    "put-address",
    "remove-address",
    "set-email",
    "confirm-email",
    "request-password-reset",
    "reset-password",
    "list-sessions",
    "end-session",
    "enroll-totp",
    "confirm-totp",
    "remove-totp",
    "complete-log-in",
    "open-order-link",
    "put-staff",
    "accept-invitation",
    "find-users",
    "list-audit",
    "export-user",
    "request-erasure",
    "erase-users",
];

const PASSWORD: &str = "a password of eight or more";

/// Its hash with parameters that are too low.
const OLD_HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$YW4gb2xkIHNhbHQgb2YxNg$fNCdlQIEw0pcaXAuN0MDkmURiDU8XdwCe0AVQ4PeNuQ";

/// The latest session, the number of accounts that sign in, of those that do not, and of steps of a rotation.
#[derive(Default)]
pub struct Sessions {
    session: RefCell<Value>,
    accounts: Cell<u32>,
    strangers: Cell<u32>,
    rotations: Cell<u32>,
}

impl Sessions {
    /// Returns the permissions that these flows need, function by function, permissions for secrets first.
    pub fn in_order(grants: &BTreeSet<Grant>) -> Vec<Grant> {
        let of = |function: &str| {
            let all = grants.iter().filter(|grant| grant.function == function);
            let (secrets, others): (Vec<&Grant>, Vec<&Grant>) =
                all.partition(|grant| grant.action.starts_with("secretsmanager:"));
            secrets.into_iter().chain(others).cloned().collect::<Vec<_>>()
        };
        // Signing in to an account with a second factor runs functions that come later, and so does a guest's link.
        let all = FUNCTIONS.iter().flat_map(|function| of(function));
        let (later, mut in_order): (Vec<Grant>, Vec<Grant>) =
            all.partition(|grant| match grant.function.as_str() {
                "log-in" => is_on(grant, "CHALLENGE#*"),
                "get-link" => is_on(grant, "GUEST#*"),
                _ => false,
            });
        in_order.extend(later);
        in_order
    }

    /// Returns whether a reply is that of a function with all permissions.
    pub fn is_success(reply: &Reply) -> bool {
        assert!(reply.status < 300 || reply.status >= 500, "{reply:?}");
        reply.status < 300
    }

    /// Runs the flow that needs the permission.
    pub async fn run(&self, shop: &Shop, grant: &Grant) -> Seen {
        let client = shop.client();
        let text = |name: &str| self.session.borrow()[name].as_str().unwrap_or_default().to_owned();
        let email = format!("{}@customers.example", self.accounts.get());
        let account = json!({ "email": email, "name": "A Customer", "password": PASSWORD });
        let request = match grant.function.as_str() {
            "get-link" if is_on(grant, "GUEST#*") => {
                self.order_link(shop).await;
                return Seen::Later;
            }
            "get-link" => {
                self.stranger(shop).await;
                return Seen::Later;
            }
            "confirm-email" => {
                // Only the first admin's address is compared with who has a role.
                let mut address = match grant.action.as_str() {
                    "dynamodb:Query" if is_on(grant, "STAFF") => self.first_admin(shop).await,
                    _ => self.stranger(shop).await,
                };
                if concerns_a_guest(grant) {
                    self.guest_at(shop, &address).await;
                }
                shop.settle().await;
                if is_on(grant, "EMAIL#*") || is_on(grant, "OUTBOX#*") {
                    address = self.moving(shop, &address).await;
                }
                confirm(shop, &address)
            }
            "request-erasure" => {
                let session = self.confirmed(shop).await;
                session.request(Method::POST, "/users/me/erasure").json(&json!({ "password": PASSWORD }))
            }
            "export-user" => {
                // The one that other flows use may have ended.
                let session = shop.signed_in("0@customers.example", PASSWORD).await;
                session.request(Method::GET, "/users/me/export")
            }
            "erase-users" => return Seen::Run(self.erase(shop).await),
            "request-password-reset" => self.forget(shop, &self.unique_address()),
            "reset-password" => {
                let stranger = self.stranger(shop).await;
                if concerns_a_guest(grant) {
                    self.guest_at(shop, &stranger).await;
                }
                assert_eq!(shop.send(self.forget(shop, &stranger)).await.status, 202);
                shop.settle().await;
                let reset =
                    json!({ "token": shop.link_token(&stranger, "reset-password"), "password": PASSWORD });
                client.post(shop.at("/password-resets/confirmation")).json(&reset)
            }
            "start-guest-session" if is_on(grant, "KEYS") => {
                if grant.action.ends_with("PutItem") {
                    self.unpublish(shop).await;
                }
                return starts(shop, "start-guest-session").await;
            }
            "start-guest-session" => client.post(shop.at("/guests")).json(&json!({})),
            "register-user" if concerns_a_guest(grant) => {
                let guest = self.guest_at(shop, &self.unique_address()).await;
                client.post(shop.at("/users")).json(&with_guest(account, &guest))
            }
            "register-user" => client.post(shop.at("/users")).json(&account),
            "log-in" if is_on(grant, "CHALLENGE#*") => {
                let customer = self.with_app(shop).await.0;
                let credentials = json!({ "email": customer.email, "password": PASSWORD });
                client.post(shop.at("/sessions")).json(&credentials)
            }
            "put-staff" | "accept-invitation" | "find-users" | "list-audit" => {
                self.of_staff(shop, grant).await
            }
            "enroll-totp" => {
                let session = self.confirmed(shop).await;
                session.request(Method::POST, "/users/me/totp").json(&json!({ "password": PASSWORD }))
            }
            "confirm-totp" => {
                let session = self.confirmed(shop).await;
                let code = session.enroll(PASSWORD).await.code();
                session.request(Method::POST, "/users/me/totp/confirmation").json(&json!({ "code": code }))
            }
            "remove-totp" => {
                let (session, app) = self.with_app(shop).await;
                let code = app.next_code();
                session.request(Method::POST, "/users/me/totp/removal").json(&json!({ "code": code }))
            }
            // It reads two secrets when it starts.
            "complete-log-in" if grant.action.starts_with("secretsmanager:") => {
                return starts(shop, "complete-log-in").await;
            }
            "complete-log-in" => {
                let (session, app) = self.with_app(shop).await;
                let challenge = shop.challenge(&session.email, PASSWORD).await;
                let mut body = json!({ "challenge": challenge, "code": app.next_code() });
                if concerns_a_guest(grant) {
                    body = with_guest(body, &self.guest_at(shop, &self.unique_address()).await);
                }
                client.post(shop.at("/sessions/second-factor")).json(&body)
            }
            "open-order-link" if grant.action.starts_with("secretsmanager:") => {
                return starts(shop, "open-order-link").await;
            }
            "open-order-link" => {
                let email = self.order_link(shop).await;
                shop.settle().await;
                let token = shop.link_token(&email, "/order-lookup");
                client.post(shop.at("/sessions/link")).json(&json!({ "token": token }))
            }
            "log-in" if is_on(grant, "EMAIL#*") && grant.action.ends_with("PutItem") => {
                return Seen::Run(self.renew_hash(shop).await);
            }
            // A process reads the published keys when it starts, and publishes the first.
            "log-in" if is_on(grant, "KEYS") => {
                if grant.action.ends_with("PutItem") {
                    self.unpublish(shop).await;
                }
                return starts(shop, "log-in").await;
            }
            "log-in" if concerns_a_guest(grant) => {
                let guest = self.guest_at(shop, &self.unique_address()).await;
                let credentials = json!({ "email": "0@customers.example", "password": PASSWORD });
                client.post(shop.at("/sessions")).json(&with_guest(credentials, &guest))
            }
            "authorize-request" => return starts(shop, "authorize-request").await,
            "log-in" => {
                let credentials = json!({ "email": "0@customers.example", "password": PASSWORD });
                client.post(shop.at("/sessions")).json(&credentials)
            }
            "refresh-session" if is_on(grant, "GUEST#*") => {
                let token = json!({ "refresh_token": shop.guest().await.refresh_token });
                client.post(shop.at("/sessions/refresh")).json(&token)
            }
            "get-user" if is_on(grant, "GUEST#*") => shop.guest().await.request(Method::GET, "/users/me"),
            "refresh-session" => {
                let token = json!({ "refresh_token": text("refresh_token") });
                client.post(shop.at("/sessions/refresh")).json(&token)
            }
            "update-user" => {
                let session = shop.signed_in(&self.stranger(shop).await, PASSWORD).await;
                session.request(Method::PATCH, "/users/me").json(&json!({ "locale": "de" }))
            }
            "list-addresses" | "put-address" | "remove-address" => self.of_addresses(shop, grant).await,
            "set-email" => self.set_email(shop, &self.stranger(shop).await, &self.unique_address()).await,
            "end-session" => {
                let session = shop.signed_in("0@customers.example", PASSWORD).await;
                let which = if is_on(grant, "USER#*") { "all" } else { "current" };
                session.request(Method::DELETE, &format!("/sessions/{which}"))
            }
            "list-sessions" => client.get(shop.at("/users/me/sessions")).bearer_auth(text("access_token")),
            "get-jwks" => client.get(shop.at("/.well-known/jwks.json")),
            _ => client.get(shop.at("/users/me")).bearer_auth(text("access_token")),
        };
        let reply = shop.send(request).await;
        if reply.status < 300 {
            match grant.function.as_str() {
                "register-user" => self.accounts.set(self.accounts.get() + 1),
                "log-in" | "refresh-session" if !is_on(grant, "GUEST#*") => {
                    *self.session.borrow_mut() = reply.body.clone()
                }
                _ => {}
            }
        }
        Seen::Reply(reply)
    }

    fn unique_address(&self) -> String {
        self.strangers.set(self.strangers.get() + 1);
        format!("stranger-{}@customers.example", self.strangers.get())
    }

    /// Registers an account, and returns its address.
    async fn stranger(&self, shop: &Shop) -> String {
        let email = self.unique_address();
        let account = json!({ "email": email, "name": "A Stranger", "password": PASSWORD });
        let registered = shop.send(shop.client().post(shop.at("/users")).json(&account)).await;
        assert_eq!(registered.status, 202, "{registered:?}");
        email
    }

    /// Signs in to an account whose address is confirmed, so that changes of it are mailed.
    async fn confirmed<'s>(&self, shop: &'s Shop) -> Customer<'s> {
        let email = self.stranger(shop).await;
        shop.settle().await;
        assert_eq!(shop.send(confirm(shop, &email)).await.status, 200);
        shop.signed_in(&email, PASSWORD).await
    }

    /// Registers the address whose account becomes the first admin, unless it is registered.
    async fn first_admin(&self, shop: &Shop) -> String {
        let account = json!({ "email": FIRST_ADMIN, "name": "First Admin", "password": PASSWORD });
        let registered = shop.send(shop.client().post(shop.at("/users")).json(&account)).await;
        assert_eq!(registered.status, 202, "{registered:?}");
        FIRST_ADMIN.to_owned()
    }

    /// Confirms the address of the first admin, who becomes none if somebody has a role.
    pub async fn confirm_first_admin(&self, shop: &Shop) {
        let email = self.first_admin(shop).await;
        shop.settle().await;
        assert_eq!(shop.send(confirm(shop, &email)).await.status, 200);
    }

    /// Signs in the first admin, whose address an earlier flow has confirmed.
    async fn admin<'s>(&self, shop: &'s Shop) -> Customer<'s> {
        shop.signed_in(FIRST_ADMIN, PASSWORD).await
    }

    async fn with_app<'s>(&self, shop: &'s Shop) -> (Customer<'s>, App) {
        let customer = self.confirmed(shop).await;
        let app = customer.set_up_app(PASSWORD).await;
        (customer, app)
    }

    /// Confirms the address of an account, and asks for another one, which is returned.
    async fn moving(&self, shop: &Shop, address: &str) -> String {
        // Only this permission may be missing: the same function confirms the first address, without it.
        assert_eq!(shop.send(confirm(shop, address)).await.status, 200);
        let other = self.unique_address();
        let request = self.set_email(shop, address, &other).await;
        assert_eq!(shop.send(request).await.status, 202);
        shop.settle().await;
        other
    }

    async fn set_email(&self, shop: &Shop, address: &str, other: &str) -> RequestBuilder {
        let session = shop.signed_in(address, PASSWORD).await;
        let body = json!({ "email": other, "password": PASSWORD });
        session.request(Method::PUT, "/users/me/email").json(&body)
    }

    /// Signs in with a password that was hashed long ago, which is hashed again. The client does not notice that it was not.
    pub async fn renew_hash(&self, shop: &Shop) -> Result<(), String> {
        let email = self.stranger(shop).await;
        let tables = &shop.cloud().deployment().tables;
        let table = tables.iter().find(|table| table.service == "users").expect("the table");
        let update = json!({
            "TableName": table.name,
            "Key": { "pk": { "S": format!("EMAIL#{email}") }, "sk": { "S": "CREDENTIAL" } },
            "UpdateExpression": "SET password_hash = :old",
            "ExpressionAttributeValues": { ":old": { "S": OLD_HASH } },
        });
        let endpoint = shop.cloud().endpoint();
        endpoint.call(Service::DynamoDb, "UpdateItem", &update).await.expect("the row is updated");
        shop.signed_in(&email, PASSWORD).await;
        let rows = shop.rows("users", "credential").await;
        let row = rows.iter().find(|row| row["email"]["S"] == email.as_str()).expect("the row");
        if row["password_hash"]["S"] == OLD_HASH { Err("the hash is the old one".to_owned()) } else { Ok(()) }
    }

    /// Takes the next step of a rotation, months later each time.
    pub async fn rotate(&self, shop: &Shop) -> Result<(), String> {
        let run = self.rotations.get() + 1;
        self.rotations.set(run);
        let time = Timestamp::now() + SignedDuration::from_hours(100 * 24 * i64::from(run));
        fire(shop, "rotate-signing-key", time).await
    }

    /// Starts a process of a function that publishes the first key.
    pub async fn publish_first(&self, shop: &Shop, operation: &str) {
        self.unpublish(shop).await;
        let Seen::Run(started) = starts(shop, operation).await else { return };
        started.expect("it starts");
    }

    /// Deletes the row of the published keys.
    async fn unpublish(&self, shop: &Shop) {
        let tables = &shop.cloud().deployment().tables;
        let table = tables.iter().find(|table| table.service == "users").expect("the table");
        let key = json!({ "pk": { "S": "KEYS" }, "sk": { "S": "KEYS" } });
        let delete = json!({ "TableName": table.name, "Key": key });
        shop.cloud().endpoint().call(Service::DynamoDb, "DeleteItem", &delete).await.expect("it is deleted");
    }

    fn forget(&self, shop: &Shop, email: &str) -> RequestBuilder {
        shop.client().post(shop.at("/password-resets")).json(&json!({ "email": email }))
    }
}

fn is_on(grant: &Grant, rows: &str) -> bool {
    grant.rows.as_deref() == Some(rows)
}

/// Starts a process, which then ends.
async fn starts(shop: &Shop, operation: &str) -> Seen {
    Seen::Run(shop.cloud().host().try_start(operation).await.map(drop).map_err(|error| error.to_string()))
}

fn confirm(shop: &Shop, address: &str) -> RequestBuilder {
    let token = shop.link_token(address, "confirm-email");
    shop.client().post(shop.at("/email-confirmations")).json(&json!({ "token": token }))
}

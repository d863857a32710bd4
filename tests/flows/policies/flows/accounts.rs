//! Flows of accounts whose address is confirmed, or whose password is replaced.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, guests_order};

use super::{Flows, basket, path};

impl Flows<'_> {
    /// Registers a customer who has confirmed the address.
    pub(super) async fn confirm_guest(&self) {
        let guest = self.shop.customer(&self.unique("guest")).await;
        self.shop.settle().await;
        let token = self.shop.link_token(&guest.email, "/confirm-email");
        self.post("/email-confirmations", json!({ "token": token })).await;
        *self.guest.borrow_mut() = Some(guest);
    }

    /// Replaces the password of a new customer, who is then told so.
    pub(super) async fn replace_password(&self) {
        let customer = self.shop.customer(&self.unique("customer")).await;
        self.post("/password-resets", json!({ "email": customer.email })).await;
        self.until(async || self.shop.mails(&customer.email).len() == 2).await;
        let token = self.shop.link_token(&customer.email, "/reset-password");
        let reset = json!({ "token": token, "password": "another good password" });
        self.post("/password-resets/confirmation", reset).await;
    }

    /// Invites somebody to work in the shop.
    pub(super) async fn invite(&self) {
        let path = format!("/admin/users/staff/{}@customers.example", self.unique("invited"));
        let invite = self.admin.request(Method::PUT, &path).json(&json!({ "roles": ["staff"] }));
        let invited = self.shop.send(invite).await;
        assert_eq!(invited.status, 200, "{invited:?}");
    }

    /// Lets a new customer report a mail as unwanted: that of an order, or the welcome.
    pub(super) async fn complain(&self, about_order: bool) {
        let name = self.unique("complains");
        let address = format!("complaint+{name}@simulator.amazonses.com");
        let customer = self.shop.customer_at(&address, &name).await;
        if about_order {
            customer.order("complains", "pm_card_visa").await;
        }
    }

    /// Orders as a guest who leaves one address and then another. Returns the reply to the latter order.
    pub(super) async fn order_as_guest(&self) -> Reply {
        let visitor = self.shop.guest().await;
        let first = visitor.post("/orders", "first", &self.guests_basket()).await;
        if first.status >= 500 {
            first
        } else {
            visitor.post("/orders", "second", &self.guests_basket()).await
        }
    }

    /// Orders with the token of a guest who has created an account since.
    pub(super) async fn order_after_registering(&self) -> Reply {
        let visitor = self.shop.guest().await;
        let email = format!("{}@customers.example", self.unique("visitor"));
        let account = json!({
            "email": email, "name": "A Visitor", "password": "a password of eight or more",
            "guest_refresh_token": visitor.refresh_token,
        });
        self.post("/users", account).await;
        visitor.post("/orders", "first", &self.guests_basket()).await
    }

    /// Reads a guest's order, with its customer, as an admin.
    pub(super) async fn read_order_of_guest(&self) -> Reply {
        let visitor = self.shop.guest().await;
        let placed = visitor.post("/orders", "first", &self.guests_basket()).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.admin.get(&format!("{}?expand=user", path("/orders", &placed.body, "order_id"))).await
    }

    /// Signs in from the session of a guest who has ordered, and has something in the cart.
    pub(super) async fn sign_in_as_guest(&self) {
        self.session_of_guest().await;
    }

    /// Merges the cart of a guest who has signed in, before the event does.
    pub(super) async fn merge_cart(&self) -> Reply {
        let paused = self.pause_consumer("apply-customer-event");
        let session = self.session_of_guest().await;
        let customer = Customer::new(self.shop, &self.customer.email, &session);
        let merged = customer.post("/cart/merge", "merge", &json!({})).await;
        self.resume_consumer(&paused);
        merged
    }

    /// Signs the customer in with the token of a guest who has a cart and an order.
    async fn session_of_guest(&self) -> Value {
        let visitor = self.shop.guest().await;
        let filled = self.put_into_cart(&visitor).await;
        assert!(filled.status < 300, "{filled:?}");
        assert_eq!(visitor.post("/orders", "first", &self.guests_basket()).await.status, 201);
        let credentials = json!({
            "email": self.customer.email, "password": "a password of eight or more",
            "guest_refresh_token": visitor.refresh_token,
        });
        self.post("/sessions", credentials).await
    }

    pub(super) fn guests_basket(&self) -> Value {
        let mut order = basket("pm_card_visa");
        order["contact"] =
            guests_order(&format!("{}@customers.example", self.unique("visitor")))["contact"].clone();
        order
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.shop.client().post(self.shop.at(path)).json(&body);
        let reply = self.shop.send(request).await;
        assert!(reply.status < 300, "{path}");
        reply.body
    }
}

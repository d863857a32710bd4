//! Flows of carts: what customers put into them, and what the product service says of it.

use engines::iam::Grant;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply};

use super::{Flows, SKU, basket, is_on, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of the functions of carts, or if they need it.
    pub(super) async fn of_carts(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("get-cart", _) => Seen::Reply(self.customer.get("/cart").await),
            ("merge-cart", _) => Seen::Reply(self.merge_cart().await),
            ("put-cart-line", _) => Seen::Reply(self.put_into_cart(&self.customer).await),
            ("update-cart", _) => {
                Seen::Reply(self.change_cart(Method::PATCH, "/cart", &json!({ "note": key })).await)
            }
            // It holds the tree of categories in memory, from its start on.
            ("quote-lines", "GetItem") => self.start("quote-lines").await,
            ("quote-lines", _) => Seen::Reply(self.customer.get("/cart").await),
            ("check-out", "BatchGetItem") => Seen::Reply(self.check_out_with_used_slots(key).await),
            ("check-out", "Invoke") if grant.resource.ends_with("/contact") => {
                Seen::Reply(self.check_out_as_guest(key).await)
            }
            ("check-out", _) => Seen::Reply(self.check_out(&self.customer, key).await),
            ("get-order", _) if is_on(grant, "NUMBER#*") => {
                let number = self.order["number"].as_str().expect("a number");
                Seen::Reply(self.customer.get(&format!("/orders/{number}")).await)
            }
            ("apply-customer-event", _) if is_on(grant, "CART#*") => {
                self.sign_in_as_guest().await;
                Seen::Later
            }
            _ => return None,
        })
    }

    /// Puts another number of pieces into a cart each time.
    pub(super) async fn put_into_cart(&self, customer: &Customer<'_>) -> Reply {
        self.unique("in-the-cart");
        let path = format!("/cart/lines/{SKU}");
        let body = json!({ "quantity": self.number.get() % 900 + 1 });
        self.shop.send(customer.request(Method::PUT, &path).json(&body)).await
    }

    /// Orders a cart of one piece.
    pub(super) async fn check_out(&self, customer: &Customer<'_>, key: &str) -> Reply {
        self.check_out_with(customer, key, json!({ "payment_method": "pm_card_visa" })).await
    }

    /// Orders a cart of one piece, paid with what these members name.
    pub(super) async fn check_out_with(&self, customer: &Customer<'_>, key: &str, pay: Value) -> Reply {
        let basket = basket("pm_card_visa");
        let address = json!({ "shipping_address": basket["shipping_address"], "codes": basket["codes"] });
        let filled = self.put_one_into_cart(customer).await;
        assert!(filled.status < 300, "{filled:?}");
        let addressed = self.shop.send(customer.request(Method::PATCH, "/cart").json(&address)).await;
        let total = addressed.body["quote"]["total"].clone();
        // The same again is the same request: a slot that a denied one has claimed is its own.
        let contact = json!({ "name": "A Visitor", "email": format!("{key}@visitors.example") });
        let mut body = json!({ "expected_total": total, "contact": contact });
        body.as_object_mut().expect("an object").extend(pay.as_object().expect("an object").clone());
        let placed = customer.post("/cart/checkout", key, &body).await;
        if placed.status == 201 && customer.user_id == self.customer.user_id {
            self.placed.borrow_mut().extend(placed.body["order_id"].as_str().map(str::to_owned));
        }
        placed
    }

    /// Orders a cart of the customer whose slots were filled.
    pub(super) async fn check_out_with_used_slots(&self, key: &str) -> Reply {
        let guest = self.guest.take().expect("prepared");
        let placed = self.check_out(&guest, key).await;
        *self.guest.borrow_mut() = Some(guest);
        placed
    }

    pub(super) async fn check_out_as_guest(&self, key: &str) -> Reply {
        let visitor = self.shop.guest().await;
        self.check_out(&visitor, key).await
    }

    async fn put_one_into_cart(&self, customer: &Customer<'_>) -> Reply {
        let path = format!("/cart/lines/{SKU}");
        self.shop.send(customer.request(Method::PUT, &path).json(&json!({ "quantity": 1 }))).await
    }

    pub(super) async fn change_cart(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.shop.send(self.customer.request(method, path).json(body)).await
    }
}

//! Flows of carts: what customers put into them, and what the product service says of it.

use engines::iam::Grant;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply};

use super::{Flows, SKU, is_on, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if it is one of the functions of carts, or if they need it.
    pub(super) async fn of_carts(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("get-cart", _) => Seen::Reply(self.customer.get("/cart").await),
            ("put-cart-line", _) => Seen::Reply(self.put_into_cart(&self.customer).await),
            ("update-cart", _) => {
                Seen::Reply(self.change_cart(Method::PATCH, "/cart", &json!({ "note": key })).await)
            }
            // It holds the tree of categories in memory, from its start on.
            ("quote-lines", "GetItem") => self.start("quote-lines").await,
            ("quote-lines", _) => Seen::Reply(self.customer.get("/cart").await),
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

    async fn change_cart(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.shop.send(self.customer.request(method, path).json(body)).await
    }
}

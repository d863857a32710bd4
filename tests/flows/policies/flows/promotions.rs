//! Flows of codes that make orders cheaper.

use engines::iam::Grant;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::Reply;

use super::{Flows, is_on, short};
use crate::policies::trial::Seen;

/// The code that every order of these flows uses.
pub(super) const CODE: &str = "FLOWS";

impl Flows<'_> {
    /// Runs the flow that needs the permission, if a function needs it for codes.
    pub(super) async fn of_promotions(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("put-promotion", _) => Seen::Reply(self.put_promotion(key).await),
            ("list-promotions", _) => Seen::Reply(self.admin.get("/admin/promotions").await),
            _ if !is_on(grant, "PROMOTION#*") => return None,
            ("place-order", "BatchGetItem") => Seen::Reply(self.place(key).await),
            ("check-out", "BatchGetItem") => Seen::Reply(self.check_out(&self.customer, key).await),
            // A customer who uses the code for the first time.
            ("place-order", "PutItem") => Seen::Reply(self.order_as_guest().await),
            ("check-out", "PutItem") => Seen::Reply(self.check_out_as_guest(key).await),
            ("apply-payment-event", _) => {
                self.fire("expire-reservations", self.held_until(SignedDuration::from_mins(31))).await;
                Seen::Later
            }
            _ => return None,
        })
    }

    /// Puts a promotion that changes no total.
    pub(super) async fn put_promotion(&self, code: &str) -> Reply {
        let path = format!("/admin/promotions/{code}");
        let rule = json!({ "type": "free_shipping", "from": "2026-01-01T00:00:00Z" });
        let request = self.admin.request(Method::PUT, &path).header("if-match", "*");
        self.shop.send(request.json(&json!({ "rule": rule }))).await
    }

    /// Gives the code for what is in the customer's cart.
    pub(super) async fn give_code(&self) {
        let given = self.change_cart(Method::PATCH, "/cart", &json!({ "codes": [CODE] })).await;
        assert_eq!(given.status, 200, "{given:?}");
    }

    /// Uses the code up, shows it, and gives it back in each way.
    pub(super) async fn use_code(&self) {
        self.give_code().await;
        self.put_into_cart(&self.customer).await;
        self.customer.get("/cart").await;
        self.place_unpaid().await;
        self.cancel().await;
        self.place_unpaid().await;
        self.fire("expire-orders", self.held_until(SignedDuration::from_secs(1))).await;
        self.place_unpaid().await;
        self.fire("expire-reservations", self.held_until(SignedDuration::from_mins(31))).await;
        self.shop.settle().await;
    }
}

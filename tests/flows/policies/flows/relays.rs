//! Flows whose events relays send on.

use domain::users::erasure::SECOND_THOUGHTS;
use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{Flows, basket, path, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow that needs the permission, if a relay needs it for an event. What a stream has missed, its schedule sends.
    pub(super) async fn of_relays(&self, grant: &Grant) -> Option<Seen> {
        match (grant.function.as_str(), short(grant)) {
            (_, "Query") => return None,
            ("users.relay-events", "SendMessage") if grant.resource.ends_with("customer-events") => {
                self.sign_in_as_guest().await;
            }
            ("users.relay-events", "SendMessage") if grant.resource.ends_with("audit-events") => {
                self.invite().await;
            }
            ("users.relay-events", "SendMessage") if grant.resource.ends_with("payment-commands") => {
                self.erase_somebody().await;
            }
            ("users.relay-events", _) => {
                self.shop.customer(&self.unique("customer")).await;
            }
            ("orders.relay-events", "SendMessage") if grant.resource.ends_with("account-mails") => {
                self.declare_of_nobody(&self.unique("declared")).await;
            }
            ("products.relay-events", _) if grant.resource.ends_with("order-events") => {
                self.fire("expire-reservations", self.held_until(SignedDuration::from_mins(31))).await;
            }
            ("products.relay-events", _) if grant.resource.ends_with("audit-events") => {
                self.must_adjust(&self.unique("for-the-record"), 1).await;
            }
            ("products.relay-events", _) if grant.resource.ends_with("account-mails") => {
                self.announce("returned").await;
            }
            ("products.relay-events", _) => {
                self.run_low().await;
            }
            _ => return None,
        }
        Some(Seen::Later)
    }

    /// Erases an account, two weeks after its owner has asked for it. Something was noted about its order.
    pub(super) async fn erase_somebody(&self) {
        let customer = self.shop.customer(&self.unique("erased")).await;
        let placed = customer.post("/orders", "noted", &basket("pm_card_visa")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        let notes = format!("{}/notes", path("/admin/orders", &placed.body, "order_id"));
        let noted = self.admin.post(&notes, &self.unique("noted"), &json!({ "text": "Ring twice." })).await;
        assert!(noted.status < 300, "{noted:?}");
        let body = json!({ "password": "a password of eight or more" });
        let asked = self.shop.send(customer.request(Method::POST, "/users/me/erasure").json(&body)).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        let hour = (Timestamp::now() + SECOND_THOUGHTS).as_second() / 3_600 + 1;
        self.fire("erase-users", Timestamp::from_second(hour * 3_600).expect("a time")).await;
    }
}

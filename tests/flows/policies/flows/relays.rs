//! Flows whose events relays send on.

use engines::iam::Grant;
use jiff::SignedDuration;

use super::{Flows, short};
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
            ("users.relay-events", _) => {
                self.shop.customer(&self.unique("customer")).await;
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
}

//! Flows in which a customer sees a payment, pays again or confirms one, and in which the gateway reports something.

use engines::iam::Grant;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{Reply, webhook};

use super::{Flows, basket, is_on, path, short};
use crate::policies::trial::Seen;

impl Flows<'_> {
    /// Runs the flow of a permission of the payments' functions, if it is one of these.
    pub(super) async fn of_payments(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("get-payment", _) => {
                Seen::Reply(self.customer.get(&path("/payments", &self.order, "payment_id")).await)
            }
            ("retry-payment", _) => Seen::Reply(self.retry(key).await),
            ("get-payment-action", "GetSecretValue") => {
                self.place_unpaid().await;
                Seen::Reply(self.ask_for_action().await)
            }
            ("get-payment-action", _) => Seen::Reply(self.ask_for_action().await),
            ("receive-stripe-event", "GetSecretValue") => {
                self.place_unpaid().await;
                Seen::Run(self.report().await)
            }
            ("receive-stripe-event", _) => Seen::Run(self.report().await),
            ("process-payment", _) if is_on(grant, "DECLINES#*") => {
                self.decline().await;
                Seen::Later
            }
            ("reconcile-payments", _) if is_on(grant, "DECLINES#*") => self.decline_by_schedule().await,
            ("payments.relay-events", _) if grant.resource.ends_with("payment-commands") => {
                let retried = self.retry(key).await;
                assert!(retried.status < 300, "{retried:?}");
                Seen::Later
            }
            _ => return None,
        })
    }

    /// Places an order whose payment is declined, for the flow that runs next.
    pub(super) async fn place_declined(&self) {
        let guest = self.shop.customer(&self.unique("guest")).await;
        let placed = guest.post("/orders", "declined", &basket("pm_card_visa_chargeDeclined")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        *self.unpaid.borrow_mut() = placed.body;
        *self.guest.borrow_mut() = Some(guest);
    }

    /// Pays the declined order with another card. The same key again gets the first reply.
    async fn retry(&self, key: &str) -> Reply {
        let path = format!("{}/attempts", path("/payments", &self.unpaid.borrow(), "payment_id"));
        let request = {
            let guest = self.guest.borrow();
            let request = guest.as_ref().expect("prepared").request(reqwest::Method::POST, &path);
            request.header("idempotency-key", key).json(&json!({ "payment_method": "pm_card_visa" }))
        };
        self.shop.send(request).await
    }

    async fn ask_for_action(&self) -> Reply {
        let path = format!("{}/action", path("/payments", &self.unpaid.borrow(), "payment_id"));
        let request = {
            let guest = self.guest.borrow();
            guest.as_ref().expect("prepared").request(reqwest::Method::GET, &path)
        };
        self.shop.send(request).await
    }

    /// Reports something about the unpaid order's payment, as Stripe does.
    async fn report(&self) -> Result<(), String> {
        let id = self.unpaid.borrow()["payment_id"].as_str().map(str::to_owned).expect("an id");
        let event = webhook::event(&self.unique("evt").replace('-', "_"), "payment_intent.succeeded", &id);
        let request = webhook::request(self.shop.cloud(), &event, Timestamp::now());
        let answer = self.shop.client().execute(request).await.expect("an answer");
        if answer.status().is_success() {
            return Ok(());
        }
        Err(answer.json::<Value>().await.unwrap_or_default().to_string())
    }
}

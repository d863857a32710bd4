//! Flows in which a customer sees a payment, pays again or confirms one, and in which the gateway reports something.

use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, until_a_full_hour, webhook};

use super::{Flows, basket, is_on, path, short};
use crate::policies::trial::Seen;

/// Returns whether a permission is to ask the payment service.
fn is_on_payments(grant: &Grant) -> bool {
    grant.resource.contains("/payment-methods")
}

impl Flows<'_> {
    /// Runs the flow of a permission of the payments' functions, if it is one of these.
    pub(super) async fn of_payments(&self, grant: &Grant, key: &str) -> Option<Seen> {
        Some(match (grant.function.as_str(), short(grant)) {
            ("get-payment", _) => {
                Seen::Reply(self.customer.get(&path("/payments", &self.order, "payment_id")).await)
            }
            ("find-disputes", action) => {
                // The rows are only read if there is one.
                if action == "BatchGetItem" {
                    let guest = self.shop.customer(&self.unique("disputing")).await;
                    let placed = guest.post("/orders", key, &basket("pm_card_createDispute")).await;
                    assert_eq!(placed.status, 201, "{placed:?}");
                    self.shop.settle().await;
                    // Once an hour, the schedule asks the gateway for those that no webhook has told of.
                    let full_hour = Timestamp::now() + until_a_full_hour(1);
                    self.fire("reconcile-payments", full_hour).await;
                    self.shop.settle().await;
                }
                Seen::Reply(self.admin.get("/admin/payments/disputes").await)
            }
            ("list-payouts", action) => {
                if action != "Query" {
                    self.pay_out(key).await;
                }
                Seen::Reply(self.admin.get("/admin/payments/payouts").await)
            }
            ("show-ledger", _) => {
                Seen::Reply(self.admin.get("/admin/payments/ledger?month=2026-11&format=csv").await)
            }
            // The cursor only moves with time, of which a schedule knows whole seconds.
            ("reconcile-payouts", "PutItem") if is_on(grant, "PAYOUTS") => {
                self.fire("reconcile-payouts", Timestamp::now() + SignedDuration::from_hours(1)).await
            }
            ("reconcile-payouts", _) => self.pay_out(key).await,
            ("retry-payment", "GetSecretValue") => {
                self.place_declined().await;
                Seen::Reply(self.retry_with_saved(key).await)
            }
            ("retry-payment", _) if is_on(grant, "CUSTOMER#*") => {
                Seen::Reply(self.retry_with_saved(key).await)
            }
            ("retry-payment", _) => Seen::Reply(self.retry(key).await),
            ("set-up-payment-method", _) => {
                // Whoever is a customer already gets no row.
                let customer = self.shop.customer(&self.unique("customer")).await;
                Seen::Reply(self.shop.send(customer.request(Method::POST, "/payment-methods")).await)
            }
            ("list-payment-methods", _) => {
                let set_up = self.customer.request(Method::POST, "/payment-methods");
                assert_eq!(self.shop.send(set_up).await.status, 200);
                Seen::Reply(self.customer.get("/payment-methods").await)
            }
            ("remove-payment-method", _) => {
                let saved = self.customer.save_card("pm_card_visa").await;
                let path = format!("/payment-methods/{saved}");
                Seen::Reply(self.shop.send(self.customer.request(Method::DELETE, &path)).await)
            }
            ("verify-payment-method", _) => Seen::Reply(self.place_with_saved(key).await),
            ("place-order", "Invoke") if is_on_payments(grant) => {
                Seen::Reply(self.place_with_saved(key).await)
            }
            ("check-out", "Invoke") if is_on_payments(grant) => {
                let saved = self.customer.save_card("pm_card_visa").await;
                let pay = json!({ "saved_method": saved });
                Seen::Reply(self.check_out_with(&self.customer, key, pay).await)
            }
            ("process-payment", _) if is_on(grant, "CUSTOMER#*") => {
                self.check_out_and_save(key).await;
                Seen::Later
            }
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

    /// Lets the gateway pay out the money of an order, and the schedule find that.
    async fn pay_out(&self, key: &str) -> Seen {
        let placed = self.customer.post("/orders", key, &basket("pm_card_visa")).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        // When the flow is repeated, the payout is there already.
        self.shop.cloud().payment_gateway().pay_out();
        self.fire("reconcile-payouts", Timestamp::now()).await
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

    /// Pays the declined order with a card that its customer has saved.
    async fn retry_with_saved(&self, key: &str) -> Reply {
        let path = format!("{}/attempts", path("/payments", &self.unpaid.borrow(), "payment_id"));
        let guest = self.guest.take().expect("prepared");
        let saved = guest.save_card("pm_card_visa").await;
        let retried = guest.post(&path, key, &json!({ "saved_method": saved })).await;
        *self.guest.borrow_mut() = Some(guest);
        retried
    }

    /// Places an order that is paid with a card that its customer has saved.
    pub(super) async fn place_with_saved(&self, key: &str) -> Reply {
        let saved = self.customer.save_card("pm_card_visa").await;
        let mut order = basket("pm_card_visa");
        let members = order.as_object_mut().expect("an order");
        members.remove("payment_method");
        members.insert("saved_method".to_owned(), saved.into());
        self.customer.post("/orders", key, &order).await
    }

    /// Orders a cart as a new customer whose card is to be saved.
    pub(super) async fn check_out_and_save(&self, key: &str) {
        let customer = self.shop.customer(&self.unique("saves")).await;
        let pay = json!({ "payment_method": "pm_card_visa", "save_method": true });
        let placed = self.check_out_with(&customer, key, pay).await;
        assert_eq!(placed.status, 201, "{placed:?}");
    }

    /// Lets customers pay with saved cards in each way that `measure::visit` does not include.
    pub(super) async fn pay_with_saved(&self) {
        self.check_out_and_save("rare-save").await;
        let saved = self.customer.save_card("pm_card_visa").await;
        let pay = json!({ "saved_method": saved });
        let placed = self.check_out_with(&self.customer, "rare-saved", pay).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.place_declined().await;
        let retried = self.retry_with_saved("rare-retry").await;
        assert_eq!(retried.status, 202, "{retried:?}");
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

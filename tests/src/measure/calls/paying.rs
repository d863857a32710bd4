//! Calls about payments that need their customer: another card, a confirmation, what the gateway reports, and saved cards.

use dev::seed::{ADMIN, first_order};
use domain::words::calendar::Month;
use jiff::Timestamp;
use serde_json::json;

use super::{Error, Recorder, Visitor, run_schedule, text};
use crate::scenario::until_a_full_hour;
use crate::{saved_card, webhook};

impl Recorder<'_> {
    pub(super) async fn paying(&mut self, customer: &Visitor<'_>) -> Result<(), Error> {
        let all = ["process-payment", "apply-payment-event", "send-notification"];
        let order = first_order("pm_card_visa_chargeDeclined");
        let declined = customer.post("/orders", Some("declined"), &order);
        let (order, _) = self.step("an order, declined", &all, declined).await?;
        let path = format!("/payments/{}/attempts", text(&order, "payment_id")?);
        let another = json!({ "payment_method": "pm_card_visa" });
        let all = ["retry-payment", "payments.relay-events", "process-payment", "apply-payment-event"];
        let retry = customer.post(&path, Some("another-card"), &another);
        self.step("another card after a decline", &all, retry).await?;

        let order = first_order("pm_card_authenticationRequired");
        let (order, _) = self.step("", &[], customer.post("/orders", Some("to-confirm"), &order)).await?;
        let payment_id = text(&order, "payment_id")?;
        let path = format!("/payments/{payment_id}/action");
        self.step("what its customer has to do", &["get-payment-action"], customer.get(&path)).await?;
        if !self.cloud.payment_gateway().authenticate(&text(&order, "order_id")?, true) {
            return Err("there is nothing to confirm".into());
        }
        let event = webhook::event("evt_measured", "payment_intent.succeeded", &payment_id);
        for what in ["a payment is confirmed", "the same event again"] {
            let caused: &[&str] = if what.starts_with("the same") {
                &["receive-stripe-event"]
            } else {
                &["receive-stripe-event", "process-payment"]
            };
            let request = webhook::request(self.cloud, &event, Timestamp::now());
            let sent = async {
                let answer = reqwest::Client::new().execute(request).await?;
                if answer.status().is_success() {
                    Ok::<_, Error>(())
                } else {
                    Err(format!("{what}: {answer:?}").into())
                }
            };
            self.step(what, caused, sent).await?;
        }
        self.disputes_and_payouts(customer).await?;
        self.saved_methods(customer).await
    }

    async fn disputes_and_payouts(&mut self, customer: &Visitor<'_>) -> Result<(), Error> {
        let admin = Visitor::signed_in(self.cloud, &ADMIN).await?;
        let order = first_order("pm_card_createDispute");
        self.step("", &[], customer.post("/orders", Some("disputed"), &order)).await?;
        // Once an hour, the schedule asks the gateway for those that no webhook has told of.
        let full_hour = Timestamp::now() + until_a_full_hour(1);
        let run = run_schedule(self.cloud, "reconcile-payments", full_hour);
        self.step("one dispute is new", &["reconcile-payments"], run).await?;
        let nothing = run_schedule(self.cloud, "reconcile-payouts", Timestamp::now());
        self.step("nothing was paid out", &["reconcile-payouts"], nothing).await?;
        if !self.cloud.payment_gateway().pay_out() {
            return Err("there is nothing to pay out".into());
        }
        let run = run_schedule(self.cloud, "reconcile-payouts", Timestamp::now());
        self.step("a payout", &["reconcile-payouts"], run).await?;
        let list = admin.get("/admin/payments/payouts");
        self.step("one", &["list-payouts"], list).await?;
        let list = admin.get("/admin/payments/disputes");
        self.step("one is open", &["find-disputes"], list).await?;
        let path = format!("/admin/payments/ledger?month={}", Month::of(Timestamp::now()));
        self.step("this month's", &["show-ledger"], admin.get(&path)).await?;
        Ok(())
    }

    async fn saved_methods(&mut self, customer: &Visitor<'_>) -> Result<(), Error> {
        let path = "/payment-methods";
        let nothing = json!({});
        let set_up = customer.post(path, None, &nothing);
        self.step("the first time", &["set-up-payment-method"], set_up).await?;
        let set_up = customer.post(path, None, &nothing);
        let (set_up, _) = self.step("a known customer", &["set-up-payment-method"], set_up).await?;
        saved_card::enter(&set_up, "pm_card_visa").await?;
        let list = customer.get(path);
        let (saved, _) = self.step("one saved card", &["list-payment-methods"], list).await?;
        let saved = text(&saved["items"][0], "payment_method")?;
        let mut order = first_order("pm_card_visa");
        let members = order.as_object_mut().ok_or("an order is an object")?;
        members.remove("payment_method");
        members.insert("saved_method".to_owned(), saved.clone().into());
        let all = ["place-order", "verify-payment-method", "process-payment"];
        let place = customer.post("/orders", Some("saved"), &order);
        self.step("an order, paid with a saved card", &all, place).await?;
        let path = format!("{path}/{saved}");
        self.step("a saved card", &["remove-payment-method"], customer.delete(&path)).await?;
        Ok(())
    }
}

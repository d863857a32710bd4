//! What becomes of a PaymentIntent when its payment method is charged.

use jiff::Timestamp;
use serde_json::json;

use super::super::card::Card;
use super::super::error::Error;
use super::super::objects::{Charge, Dispute, Status};
use super::super::page::PATH;
use super::{Attempt, Done, Entry, Outcome, id};

impl Attempt {
    /// Charges a card, or does with the request what the card is for.
    pub(super) fn charge(
        mut self,
        card: Card,
        url: &str,
        return_url: Option<String>,
        now: Timestamp,
    ) -> Outcome {
        match card {
            Card::AsksTheCustomer => {
                let intent = &mut self.intent;
                intent.status = Status::RequiresAction;
                let page = format!("{url}{PATH}/{}?client_secret={}", intent.id, intent.client_secret);
                intent.next_action = Some(match return_url {
                    Some(return_url) => json!({
                        "type": "redirect_to_url", "redirect_to_url": { "url": page, "return_url": return_url },
                    }),
                    None => json!({ "type": "use_stripe_sdk" }),
                });
                (Ok(Done::Object(json!(self.intent))), Entry::of(self))
            }
            Card::Declined { code, reason } => {
                let error = Error::card(code, reason);
                self.fail(&error, Some(reason.unwrap_or(code)), now);
                let error = error.with("payment_intent", json!(self.intent));
                (Err(error), Entry::of(self))
            }
            Card::BreaksBefore if self.unanswered == 0 => {
                self.unanswered += 1;
                (Ok(Done::Unheard), Entry::of(self))
            }
            Card::Good
            | Card::RefundFails
            | Card::RefundReturns
            | Card::Once
            | Card::UsedBefore
            | Card::BreaksBefore
            | Card::BreaksAfter
            | Card::Disputed => {
                self.succeed(now);
                let object = json!(self.intent);
                let is_silent = card == Card::BreaksAfter;
                let done = if is_silent { Done::Unanswered(object) } else { Done::Object(object) };
                let dispute = self.disputed(card, now);
                (Ok(done), Entry { dispute, ..Entry::of(self) })
            }
        }
    }

    /// Returns the dispute of what was captured, if the card is for that.
    pub(super) fn disputed(&self, card: Card, now: Timestamp) -> Option<Dispute> {
        let is_captured = self.intent.amount_received > 0;
        let charge = self.charges.last().filter(|_| card == Card::Disputed && is_captured)?;
        Some(Dispute::of(charge, "fraudulent", id("dp"), now))
    }

    pub(super) fn succeed(&mut self, now: Timestamp) {
        let amount = self.intent.amount;
        if self.intent.capture_method == "manual" {
            return self.authorize(now);
        }
        self.intent.status = Status::Succeeded;
        self.intent.amount_received = amount;
        self.add_charge(amount, None, now);
    }

    pub(super) fn fail(&mut self, error: &Error, reason: Option<&str>, now: Timestamp) {
        self.add_charge(0, Some(reason.unwrap_or("authentication_required")), now);
        self.intent.status = Status::RequiresPaymentMethod;
        // A declined payment method is not retried unless it is given again.
        self.intent.payment_method = None;
        self.intent.last_payment_error = Some(error.object());
    }

    pub(super) fn add_charge(&mut self, captured: i64, failure: Option<&str>, now: Timestamp) {
        let intent = &mut self.intent;
        let charge = Charge {
            id: id("ch"),
            object: "charge".to_owned(),
            amount: intent.amount,
            amount_captured: captured,
            amount_refunded: 0,
            currency: intent.currency.clone(),
            status: if failure.is_none() { "succeeded" } else { "failed" }.to_owned(),
            failure_code: failure.map(str::to_owned),
            payment_intent: intent.id.clone(),
            payment_method: intent.payment_method.clone(),
            payment_method_details: None,
            parts: Vec::new(),
            metadata: intent.metadata.clone(),
            created: now.as_second(),
            livemode: false,
        };
        intent.latest_charge = Some(charge.id.clone());
        self.charges.push(charge);
    }
}

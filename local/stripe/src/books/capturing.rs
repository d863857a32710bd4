//! Payments that are authorised, and captured later: at once, or in parts (<https://docs.stripe.com/payments/multicapture>).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::card::CAPTURED_ONCE;
use super::super::error::Error;
use super::super::form::Form;
use super::super::objects::Status;
use super::{Attempt, Books, Done, Entry, Outcome};

/// How long a card's payment is authorised that its customer has initiated
/// (<https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>).
const AUTHORIZED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Attempt {
    /// Holds the money, and says until when.
    pub(super) fn authorize(&mut self, now: Timestamp) {
        let wants_several = self.intent.payment_method_options.as_ref();
        let wants_several =
            wants_several.is_some_and(|options| options["card"]["request_multicapture"] == "if_available");
        let takes_several = wants_several && self.intent.payment_method.as_deref() != Some(CAPTURED_ONCE);
        self.intent.status = Status::RequiresCapture;
        self.intent.amount_capturable = self.intent.amount;
        self.add_charge(0, None, now);
        if let Some(charge) = self.charges.last_mut() {
            let status = if takes_several { "available" } else { "unavailable" };
            let capture_before = (now + AUTHORIZED_FOR).as_second();
            charge.payment_method_details = Some(json!({
                "type": "card", "card": { "capture_before": capture_before, "multicapture": { "status": status } },
            }));
        }
    }

    /// Returns it as it is at a time: once its authorisation has ended, the rest is released.
    pub(super) fn as_of(&self, now: Timestamp) -> Self {
        let mut attempt = self.clone();
        let capture_before = self.card_details()["capture_before"].as_i64();
        let has_ended = capture_before.is_some_and(|until| until <= now.as_second());
        if has_ended && attempt.intent.status == Status::RequiresCapture {
            let was_captured = attempt.intent.amount_received > 0;
            attempt.intent.status = if was_captured { Status::Succeeded } else { Status::Canceled };
            attempt.intent.amount_capturable = 0;
        }
        attempt
    }

    /// Returns the PaymentIntent as the API shows it, with its charge if that was asked for.
    pub(super) fn shown(&self, is_expanded: bool) -> Value {
        let mut shown = json!(self.intent);
        if let Some(charge) = self.charges.last().filter(|_| is_expanded) {
            shown["latest_charge"] = json!(charge);
        }
        shown
    }

    fn card_details(&self) -> Value {
        let details = self.charges.last().and_then(|charge| charge.payment_method_details.clone());
        details.unwrap_or_default()["card"].clone()
    }
}

impl Done {
    /// Returns the answer with the attempt's charge, if that was asked for.
    pub(super) fn expanded(self, attempt: Option<&Attempt>) -> Self {
        match (self, attempt) {
            (Self::Object(_), Some(attempt)) => Self::Object(attempt.shown(true)),
            (Self::Unanswered(_), Some(attempt)) => Self::Unanswered(attempt.shown(true)),
            (done, _) => done,
        }
    }
}

impl Books {
    /// Captures an amount, or what is left, and releases the rest unless that is to be captured later.
    pub(in super::super) fn capture(
        &self,
        id: &str,
        mut form: Form,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let mut attempt = self.attempt(id, "intent")?.as_of(now);
        let amount = form.text("amount_to_capture").map(|text| text.parse::<i64>());
        let is_final = form.text("final_capture");
        let is_expanded = form.expands_charge()?;
        form.finish()?;
        let refused = |code: &'static str, message: String, param: Option<&str>| {
            let error = Error::state(code, message);
            let error = match param {
                Some(param) => error.with("param", param),
                None => error.with("payment_intent", json!(attempt.intent)),
            };
            Ok((Err(error), Entry::default()))
        };
        if attempt.intent.status != Status::RequiresCapture {
            let message = format!(
                "This PaymentIntent could not be captured because it has a status of {}. Only a PaymentIntent with one of the \
                 following statuses may be captured: requires_capture.",
                attempt.intent.status.name()
            );
            return refused("payment_intent_unexpected_state", message, None);
        }
        if is_final.is_some() && attempt.card_details()["multicapture"]["status"] != "available" {
            let message = "Multicapture is not available for this PaymentIntent.".to_owned();
            return refused("parameter_invalid", message, Some("final_capture"));
        }
        let (left, is_final) = (attempt.intent.amount_capturable, is_final.as_deref() != Some("false"));
        let least = i64::from(!(is_final && attempt.intent.amount_received > 0));
        let amount = match amount {
            None => left,
            Some(Ok(amount)) if (least..=left).contains(&amount) => amount,
            Some(_) => {
                let message = format!("The amount to capture must be between {least} and {left}.");
                return refused("amount_too_large", message, Some("amount_to_capture"));
            }
        };
        attempt.intent.amount_received += amount;
        attempt.intent.amount_capturable = if is_final { 0 } else { left - amount };
        attempt.intent.status = if is_final { Status::Succeeded } else { Status::RequiresCapture };
        if let Some(charge) = attempt.charges.last_mut().filter(|_| amount > 0) {
            charge.amount_captured += amount;
            charge.parts.push((amount, now.as_second()));
        }
        // Its customer waits for the last parcel, so that there is one dispute of all that was captured.
        let card = attempt.intent.payment_method.as_ref().filter(|_| is_final);
        let card = card.and_then(|token| self.usable(token, attempt.intent.customer.as_deref()).ok());
        let dispute = card.and_then(|card| attempt.disputed(card, now));
        let done = Done::Object(attempt.shown(is_expanded));
        Ok((Ok(done), Entry { dispute, ..Entry::of(attempt) }))
    }
}

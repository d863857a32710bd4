//! The books and the rules for changing them. Requests are executed one at a time, so concurrent requests for one
//! PaymentIntent take effect in some order.

mod capturing;
mod charging;
mod customer;
mod disputing;
mod listing;
mod paying_out;
mod refunding;
mod wallet;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Intent;
use super::card::Card;
use super::error::Error;
use super::form::Form;
use super::ids::id;
use super::keys::{Kept, Keys};
use super::objects::{Charge, Dispute, PaymentIntent, Payout, Refund, Status};
use super::rules;

pub(super) use customer::Waiting;
use wallet::Wallet;

/// A PaymentIntent with its charges.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// The order of creation.
    number: u64,
    intent: PaymentIntent,
    charges: Vec<Charge>,
    /// Confirmations left unanswered, as the payment method demands.
    unanswered: u32,
}

/// What one request changed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<Attempt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund: Option<Refund>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dispute: Option<Dispute>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    payouts: Vec<Payout>,
    #[serde(default, skip_serializing_if = "Wallet::is_empty")]
    wallet: Wallet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<(String, Kept)>,
}

/// The response to an executed request.
#[derive(Debug)]
pub(super) enum Done {
    /// With an object.
    Object(Value),
    /// No response: the connection breaks after the request took effect.
    Unanswered(Value),
    /// No response, and the request had no effect.
    Unheard,
}

type Outcome = (Result<Done, Error>, Entry);

#[derive(Debug, Default)]
pub(super) struct Books {
    attempts: BTreeMap<String, Attempt>,
    refunds: BTreeMap<String, Refund>,
    disputes: BTreeMap<String, Dispute>,
    payouts: BTreeMap<String, Payout>,
    wallet: Wallet,
    keys: Keys,
    in_use: BTreeSet<String>,
}

impl Books {
    /// Applies an entry that an earlier run wrote.
    pub(super) fn replay(&mut self, entry: Entry) {
        if let Some(attempt) = entry.attempt {
            self.attempts.insert(attempt.intent.id.clone(), attempt);
        }
        if let Some(refund) = entry.refund {
            self.refunds.insert(refund.id.clone(), refund);
        }
        if let Some(dispute) = entry.dispute {
            self.disputes.insert(dispute.id.clone(), dispute);
        }
        self.payouts.extend(entry.payouts.into_iter().map(|payout| (payout.id.clone(), payout)));
        self.wallet.replay(entry.wallet);
        if let Some((key, kept)) = entry.key {
            self.in_use.remove(&key);
            self.keys.insert(key, kept);
        }
    }

    /// Begins a request with an idempotency key. Returns the earlier response, if there is one.
    pub(super) fn begin(&mut self, key: &str, request: &str, now: Timestamp) -> Result<Option<Kept>, Error> {
        match self.keys.get(key, now) {
            Some(kept) if kept.request == request => return Ok(Some(kept)),
            Some(_) => return Err(Error::other_parameters(key)),
            None => {}
        }
        if self.in_use.insert(key.to_owned()) { Ok(None) } else { Err(Error::key_in_use(key)) }
    }

    /// Releases a key whose request ended without a response to keep.
    pub(super) fn release(&mut self, key: &str) {
        self.in_use.remove(key);
    }

    pub(super) fn forget_keys(&mut self) {
        self.keys.clear();
    }

    /// Changes the amount of an attempt.
    pub(super) fn change_amount(&mut self, id: &str, amount: i64) {
        if let Some(attempt) = self.attempts.get_mut(id) {
            attempt.intent.amount = amount;
        }
    }

    pub(super) fn intents(&self) -> Vec<Intent> {
        let mut attempts: Vec<&Attempt> = self.attempts.values().collect();
        attempts.sort_by_key(|attempt| attempt.number);
        attempts.into_iter().map(|attempt| self.summary(attempt)).collect()
    }

    fn summary(&self, attempt: &Attempt) -> Intent {
        let intent = &attempt.intent;
        let refunds = self.refunds.values().filter(|refund| refund.payment_intent == intent.id);
        let (captured, refunded) = attempt.charges.iter().fold((0, 0), |(captured, refunded), charge| {
            (captured + charge.amount_captured, refunded + charge.amount_refunded)
        });
        Intent {
            id: intent.id.clone(),
            status: intent.status.name().to_owned(),
            metadata: intent.metadata.clone(),
            amount: intent.amount,
            currency: intent.currency.clone(),
            captured,
            refunded,
            successful_charges: attempt.charges.iter().filter(|charge| charge.amount_captured > 0).count(),
            refunds: refunds.count(),
            withdrawn: self.disputes_of(&intent.id).map(Dispute::withdrawn).sum(),
        }
    }

    pub(super) fn intent(&self, id: &str, mut form: Form, now: Timestamp) -> Result<Value, Error> {
        let is_expanded = form.expands_charge()?;
        form.finish()?;
        Ok(self.attempt(id, "intent")?.as_of(now).shown(is_expanded))
    }

    fn attempt(&self, id: &str, param: &str) -> Result<&Attempt, Error> {
        self.attempts.get(id).ok_or_else(|| Error::missing("payment_intent", param, id))
    }

    pub(super) fn create_intent(&self, mut form: Form, now: Timestamp) -> Result<Outcome, Error> {
        let amount = form.amount("amount")?;
        let amount = amount.ok_or_else(|| {
            Error::parameter("parameter_missing", "amount", "Missing required param: amount.".to_owned())
        })?;
        let currency = form.required("currency")?;
        let payment_method = form.text("payment_method");
        rules::check(amount, &currency)?;
        let customer = self.named_customer(&mut form)?;
        let setup_future_usage = form.usage()?;
        if let Some(token) = payment_method.as_deref() {
            self.usable(token, customer.as_deref())?;
        }
        form.only("confirm", &["false"])?;
        let capture_method = form.text("capture_method").unwrap_or_else(|| "automatic".to_owned());
        if !["automatic", "automatic_async", "manual"].contains(&capture_method.as_str()) {
            let message = format!("Invalid capture_method: {capture_method}");
            return Err(Error::parameter("parameter_invalid", "capture_method", message));
        }
        let payment_method_options = form.multicapture()?;
        form.only("payment_method_types[0]", &["card"])?;
        let metadata = form.map("metadata");
        form.finish()?;
        let has_method = payment_method.is_some();
        let intent = PaymentIntent {
            id: id("pi"),
            object: "payment_intent".to_owned(),
            amount,
            amount_received: 0,
            currency,
            status: if has_method { Status::RequiresConfirmation } else { Status::RequiresPaymentMethod },
            payment_method,
            customer,
            setup_future_usage,
            payment_method_types: vec!["card".to_owned()],
            capture_method,
            payment_method_options,
            amount_capturable: 0,
            cancellation_reason: None,
            canceled_at: None,
            last_payment_error: None,
            latest_charge: None,
            next_action: None,
            client_secret: String::new(),
            metadata,
            created: now.as_second(),
            livemode: false,
        };
        let intent = PaymentIntent { client_secret: id_of_secret(&intent.id), ..intent };
        let number = self.attempts.len() as u64;
        let done = Done::Object(json!(intent));
        Ok((Ok(done), Entry::of(Attempt { number, intent, charges: Vec::new(), unanswered: 0 })))
    }

    /// Takes the customer that a request names, who has to exist.
    fn named_customer(&self, form: &mut Form) -> Result<Option<String>, Error> {
        let named = form.text("customer");
        if let Some(name) = &named {
            self.check_customer(name)?;
        }
        Ok(named)
    }

    /// Returns the payment method's card, unless it does not exist, was used before or is another customer's.
    fn usable(&self, token: &str, customer: Option<&str>) -> Result<Card, Error> {
        if let Some(card) = self.usable_saved(token, customer)? {
            return Ok(card);
        }
        let card = Card::of(token).ok_or_else(|| {
            let message = format!("No such PaymentMethod: '{token}'");
            Error::parameter("resource_missing", "payment_method", message)
        })?;
        let mut charges = self.attempts.values().flat_map(|attempt| &attempt.charges);
        let was_used = card == Card::UsedBefore
            || card == Card::Once && charges.any(|charge| charge.payment_method.as_deref() == Some(token));
        if was_used { Err(Error::used_before()) } else { Ok(card) }
    }

    /// Sets another payment method, as long as nothing was captured. It has to be confirmed again.
    pub(super) fn update(&self, id: &str, mut form: Form) -> Result<Outcome, Error> {
        let mut attempt = self.attempt(id, "intent")?.clone();
        let token = form.text("payment_method");
        let customer = self.named_customer(&mut form)?;
        let setup_future_usage = form.usage()?;
        let metadata = form.map("metadata");
        form.finish()?;
        if matches!(attempt.intent.status, Status::Succeeded | Status::Canceled | Status::RequiresCapture) {
            let message = format!(
                "This PaymentIntent's payment_method could not be updated because it has a status of {}. You may only \
                 update the payment_method of a PaymentIntent with one of the following statuses: \
                 requires_payment_method, requires_confirmation, requires_action.",
                attempt.intent.status.name()
            );
            let error = Error::state("payment_intent_unexpected_state", message);
            return Ok((Err(error.with("payment_intent", json!(attempt.intent))), Entry::default()));
        }
        attempt.intent.customer = customer.or(attempt.intent.customer);
        attempt.intent.setup_future_usage = setup_future_usage.or(attempt.intent.setup_future_usage);
        if let Some(token) = token {
            self.usable(&token, attempt.intent.customer.as_deref())?;
            attempt.intent.payment_method = Some(token);
            attempt.intent.status = Status::RequiresConfirmation;
            attempt.intent.next_action = None;
            attempt.unanswered = 0;
        }
        attempt.intent.metadata.extend(metadata);
        Ok((Ok(Done::Object(json!(attempt.intent))), Entry::of(attempt)))
    }

    pub(super) fn confirm(
        &self,
        id: &str,
        mut form: Form,
        url: &str,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let mut attempt = self.attempt(id, "intent")?.clone();
        let token = form.text("payment_method");
        let return_url = form.text("return_url");
        let is_expanded = form.expands_charge()?;
        form.finish()?;
        let cannot = |why: &str| {
            let message = format!("You cannot confirm this PaymentIntent because {why}");
            let error = Error::state("payment_intent_unexpected_state", message);
            Ok((Err(error.with("payment_intent", json!(attempt.intent))), Entry::default()))
        };
        match attempt.intent.status {
            Status::Succeeded => return cannot("it has already succeeded after being previously confirmed."),
            Status::Canceled => {
                return cannot(
                    "it has a status of canceled. Only a PaymentIntent with one of the following statuses may be \
                     confirmed: requires_confirmation, requires_action.",
                );
            }
            Status::RequiresCapture => {
                return cannot("it has a status of requires_capture. It was previously confirmed.");
            }
            Status::RequiresAction => {
                return Ok((Ok(Done::Object(attempt.shown(is_expanded))), Entry::default()));
            }
            Status::RequiresConfirmation | Status::RequiresPaymentMethod => {}
        }
        let Some(token) = token.or_else(|| attempt.intent.payment_method.clone()) else {
            return cannot(
                "it's missing a payment method. You can either update the PaymentIntent with a payment method and then \
                 confirm it again, or confirm it again directly with a payment method.",
            );
        };
        let card = self.usable(&token, attempt.intent.customer.as_deref())?;
        attempt.intent.payment_method = Some(token);
        let (done, entry) = attempt.charge(card, url, return_url, now);
        let done = done.map(|done| done.expanded(entry.attempt.as_ref().filter(|_| is_expanded)));
        Ok((done, self.saving(entry, now)))
    }

    pub(super) fn cancel(&self, id: &str, mut form: Form, now: Timestamp) -> Result<Outcome, Error> {
        let mut attempt = self.attempt(id, "intent")?.as_of(now);
        let reason = form.text("cancellation_reason");
        form.finish()?;
        if matches!(attempt.intent.status, Status::Succeeded | Status::Canceled) {
            let message = format!(
                "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the \
                 following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, \
                 requires_action, processing.",
                attempt.intent.status.name()
            );
            let error = Error::state("payment_intent_unexpected_state", message);
            return Ok((Err(error.with("payment_intent", json!(attempt.intent))), Entry::default()));
        }
        // Of one that was captured in part, the rest is released.
        let was_captured = attempt.intent.amount_received > 0;
        attempt.intent.status = if was_captured { Status::Succeeded } else { Status::Canceled };
        attempt.intent.amount_capturable = 0;
        attempt.intent.cancellation_reason = reason;
        attempt.intent.canceled_at = Some(now.as_second());
        attempt.intent.next_action = None;
        Ok((Ok(Done::Object(json!(attempt.intent))), Entry::of(attempt)))
    }
}

impl Entry {
    fn of(attempt: Attempt) -> Self {
        Self { attempt: Some(attempt), ..Self::default() }
    }

    /// An entry that holds only the response for a key.
    pub(super) fn of_key(key: Option<(String, Kept)>) -> Self {
        Self { key, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.attempt.is_none()
            && self.refund.is_none()
            && self.dispute.is_none()
            && self.payouts.is_empty()
            && self.wallet.is_empty()
            && self.key.is_none()
    }
}

/// Returns a new client secret of the object with this id.
fn id_of_secret(object: &str) -> String {
    id(&format!("{object}_secret"))
}

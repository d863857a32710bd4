//! Refunds of what a PaymentIntent has captured.

use jiff::Timestamp;
use serde_json::Value;

use super::super::card::Card;
use super::super::error::Error;
use super::super::form::Form;
use super::super::objects::{BalanceTransaction, Refund};
use super::listing::Listing;
use super::{Books, Done, Entry, Outcome, id};

/// The status of a refund that was accepted and will fail.
const PENDING: &str = "pending";

impl Books {
    pub(in super::super) fn refund(&self, id: &str) -> Result<Value, Error> {
        let refund = self.refunds.get(id).ok_or_else(|| Error::missing("refund", "id", id))?.clone();
        Ok(if refund.status == PENDING { refund.failed() } else { refund }.shown())
    }

    /// Returns the ids of all refunds, oldest first.
    pub(in super::super) fn refund_ids(&self) -> Vec<String> {
        let mut all: Vec<&Refund> = self.refunds.values().collect();
        all.sort_by_key(|refund| (refund.created, &refund.id));
        all.into_iter().map(|refund| refund.id.clone()).collect()
    }

    /// Lets a bank give back a refund whose card Stripe documents for that; `None` if there is none.
    pub(in super::super) fn return_refund(&self, now: Timestamp) -> Option<Entry> {
        let (mut attempt, refund) =
            self.refunds.values().filter(|refund| refund.status == "succeeded").find_map(|refund| {
                let attempt = self.attempts.get(&refund.payment_intent)?;
                let charge = attempt.charges.iter().find(|charge| charge.id == refund.charge)?;
                let card = charge.payment_method.as_deref().and_then(Card::of);
                (card == Some(Card::RefundReturns)).then(|| (attempt.clone(), refund.clone()))
            })?;
        for charge in attempt.charges.iter_mut().filter(|charge| charge.id == refund.charge) {
            charge.amount_refunded -= refund.amount;
        }
        let moved = Some(BalanceTransaction::of_refund_failure(&refund, now));
        let refund = Refund { failure_balance_transaction: moved, ..refund.failed() };
        Some(Entry { refund: Some(refund), ..Entry::of(attempt) })
    }

    /// Returns the refunds of a PaymentIntent, newest first.
    pub(in super::super) fn refunds(&self, mut form: Form) -> Result<Value, Error> {
        let name = form.required("payment_intent")?;
        let listing = Listing::of(&mut form)?;
        form.finish()?;
        self.attempt(&name, "payment_intent")?;
        let mut found: Vec<&Refund> =
            self.refunds.values().filter(|refund| refund.payment_intent == name).collect();
        found.sort_by_key(|refund| std::cmp::Reverse(refund.created));
        let shown = found.into_iter().map(|refund| (refund.id.clone(), refund.shown())).collect();
        listing.page("refund", "/v1/refunds", shown)
    }

    /// Returns what was lost of a PaymentIntent in disputes; `None` if one is undecided, or all of it was lost.
    fn disputed_amount(&self, intent: &str) -> Option<i64> {
        let disputes = || self.disputes_of(intent);
        let lost = disputes().filter(|dispute| dispute.status == "lost").map(|dispute| dispute.amount).sum();
        let is_refundable = disputes().all(|dispute| !dispute.is_open())
            && self.attempts.get(intent).is_none_or(|attempt| attempt.intent.amount_received > lost);
        is_refundable.then_some(lost)
    }

    pub(in super::super) fn create_refund(&self, mut form: Form, now: Timestamp) -> Result<Outcome, Error> {
        let name = form.required("payment_intent")?;
        let asked = form.amount("amount")?;
        let reason = form.text("reason");
        let metadata = form.map("metadata");
        form.finish()?;
        let mut attempt = self.attempt(&name, "payment_intent")?.clone();
        let currency = attempt.intent.currency.clone();
        let Some(charge) = attempt.charges.iter_mut().find(|charge| charge.amount_captured > 0) else {
            let message = format!("This PaymentIntent ({name}) does not have a successful charge to refund.");
            return Ok((Err(Error::state("resource_missing", message)), Entry::default()));
        };
        let Some(disputed) = self.disputed_amount(&name) else {
            let message = format!("Charge {} has been charged back; cannot issue a refund.", charge.id);
            return Ok((Err(Error::state("charge_disputed", message)), Entry::default()));
        };
        let left = charge.amount_captured - charge.amount_refunded - disputed;
        let amount = asked.unwrap_or(left);
        if left == 0 {
            let message = format!("Charge {} has already been refunded.", charge.id);
            return Ok((Err(Error::state("charge_already_refunded", message)), Entry::default()));
        }
        if amount > left {
            let message =
                format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
            return Ok((
                Err(Error::state("amount_too_large", message).with("param", "amount")),
                Entry::default(),
            ));
        }
        // The money of a refund that will fail does not leave.
        let fails = charge.payment_method.as_deref().and_then(Card::of) == Some(Card::RefundFails);
        if !fails {
            charge.amount_refunded += amount;
        }
        let refund = Refund {
            id: id("re"),
            object: "refund".to_owned(),
            amount,
            currency,
            charge: charge.id.clone(),
            payment_intent: name,
            reason,
            status: if fails { PENDING } else { "succeeded" }.to_owned(),
            failure_reason: None,
            failure_balance_transaction: None,
            metadata,
            created: now.as_second(),
        };
        let done = Done::Object(refund.shown());
        Ok((Ok(done), Entry { refund: Some(refund), ..Entry::of(attempt) }))
    }
}

//! Disputes of what a PaymentIntent has captured.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::error::Error;
use super::super::form::Form;
use super::super::objects::{Charge, Dispute};
use super::super::webhooks::Report;
use super::listing::Listing;
use super::{Books, Done, Entry, Outcome, id};

/// Stripe's evidence for tests (<https://docs.stripe.com/testing#evidence>).
const WINNING: &str = "winning_evidence";
const LOSING: &str = "losing_evidence";

impl Entry {
    fn of_dispute(dispute: Dispute) -> Self {
        Self { dispute: Some(dispute), ..Self::default() }
    }
}

impl Books {
    pub(in super::super) fn dispute(&self, name: &str, mut form: Form) -> Result<Value, Error> {
        let expands = expands(&mut form, "payment_intent")?;
        form.finish()?;
        Ok(self.shown(self.disputed(name)?, expands))
    }

    /// Returns disputes, newest first.
    pub(in super::super) fn list_disputes(&self, mut form: Form) -> Result<Value, Error> {
        let expands = expands(&mut form, "data.payment_intent")?;
        let intent = form.text("payment_intent");
        let since = form.amount("created[gte]")?;
        let listing = Listing::of(&mut form)?;
        form.finish()?;
        let is_listed = |dispute: &&Dispute| {
            intent.as_ref().is_none_or(|intent| dispute.payment_intent == *intent)
                && since.is_none_or(|since| dispute.created >= since)
        };
        let mut found: Vec<&Dispute> = self.disputes.values().filter(is_listed).collect();
        found.sort_by_key(|dispute| (std::cmp::Reverse(dispute.created), dispute.id.clone()));
        let shown = found.into_iter().map(|dispute| (dispute.id.clone(), self.shown(dispute, expands)));
        listing.page("dispute", "/v1/disputes", shown.collect())
    }

    /// Answers a dispute with evidence, of which Stripe's test mode knows two kinds.
    pub(in super::super) fn answer_dispute(
        &self,
        name: &str,
        mut form: Form,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        const TEXT: &str = "evidence[uncategorized_text]";
        let evidence = form.required(TEXT)?;
        form.only("submit", &["true"])?;
        form.finish()?;
        match evidence.as_str() {
            WINNING => self.decide(name, true, now),
            LOSING => self.decide(name, false, now),
            _ => {
                let message = format!("Only {WINNING} and {LOSING} are known here.");
                Err(Error::parameter("parameter_invalid", TEXT, message))
            }
        }
    }

    /// The shop accepts a dispute, which loses it.
    pub(in super::super) fn close_dispute(
        &self,
        name: &str,
        form: Form,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        form.finish()?;
        self.decide(name, false, now)
    }

    /// The customer disputes what a PaymentIntent has captured. Returns `None` if there is nothing to dispute.
    pub(in super::super) fn open_dispute(&self, intent: &str, now: Timestamp) -> Option<(String, Entry)> {
        let captured = |charge: &&Charge| charge.amount_captured > charge.amount_refunded;
        let charge = self.attempts.get(intent)?.charges.iter().find(captured)?;
        self.disputes_of(intent).next().is_none().then(|| {
            let dispute = Dispute::of(charge, "product_not_received", id("dp"), now);
            (dispute.id.clone(), Entry::of_dispute(dispute))
        })
    }

    pub(in super::super) fn decide(&self, name: &str, wins: bool, now: Timestamp) -> Result<Outcome, Error> {
        let dispute = self.disputed(name)?;
        if !dispute.is_open() {
            let message = format!("This dispute is already closed: {}.", dispute.status);
            return Ok((Err(Error::state("dispute_closed", message)), Entry::default()));
        }
        let decided = dispute.decided(wins, now);
        Ok((Ok(Done::Object(self.shown(&decided, false))), Entry::of_dispute(decided)))
    }

    /// Returns the disputes that are undecided, oldest first.
    pub(in super::super) fn undecided(&self) -> Vec<Dispute> {
        let mut open: Vec<Dispute> =
            self.disputes.values().filter(|dispute| dispute.is_open()).cloned().collect();
        open.sort_by_key(|dispute| dispute.created);
        open
    }

    pub(super) fn disputes_of(&self, intent: &str) -> impl Iterator<Item = &Dispute> {
        self.disputes.values().filter(move |dispute| dispute.payment_intent == intent)
    }

    /// Returns what an entry reports of a dispute, compared with the books before it.
    pub(super) fn dispute_reports(&self, dispute: &Dispute) -> Vec<Report> {
        let is_new = !self.disputes.contains_key(&dispute.id);
        let kinds: &[&str] = match dispute.status.as_str() {
            _ if is_new => &["charge.dispute.created", "charge.dispute.funds_withdrawn"],
            "won" => &["charge.dispute.closed", "charge.dispute.funds_reinstated"],
            _ => &["charge.dispute.closed"],
        };
        kinds.iter().map(|kind| Report { kind, object: json!(dispute) }).collect()
    }

    fn disputed(&self, name: &str) -> Result<&Dispute, Error> {
        self.disputes.get(name).ok_or_else(|| Error::missing("dispute", "dispute", name))
    }

    fn shown(&self, dispute: &Dispute, expands: bool) -> Value {
        let mut shown = json!(dispute);
        if let Some(attempt) = self.attempts.get(&dispute.payment_intent).filter(|_| expands) {
            shown["payment_intent"] = json!(attempt.intent);
        }
        shown
    }
}

/// Returns whether a request wants the PaymentIntent in place of its id.
fn expands(form: &mut Form, path: &str) -> Result<bool, Error> {
    let expand = form.text("expand[]");
    match expand.as_deref() {
        None => Ok(false),
        Some(wanted) if wanted == path => Ok(true),
        Some(other) => {
            let message = format!("This property cannot be expanded ({other}).");
            Err(Error::parameter("parameter_invalid", "expand", message))
        }
    }
}

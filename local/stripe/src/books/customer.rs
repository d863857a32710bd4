//! What customers do without the shop, and what the shop is told of it.

use jiff::Timestamp;
use serde_json::json;

use super::super::error::Error;
use super::super::objects::Status;
use super::super::webhooks::Report;
use super::{Attempt, Books, Entry};

/// A payment that waits for its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Waiting {
    pub(in super::super) amount: i64,
    pub(in super::super) currency: String,
    /// Where the customer goes afterwards.
    pub(in super::super) return_url: Option<String>,
}

impl Books {
    /// Returns the payment that waits for the customer who knows its client secret.
    pub(in super::super) fn waiting(&self, id: &str, client_secret: &str) -> Option<Waiting> {
        let intent = &self.attempts.get(id)?.intent;
        let waits = intent.status == Status::RequiresAction && intent.client_secret == client_secret;
        let return_url = || intent.next_action.as_ref()?["redirect_to_url"]["return_url"].as_str();
        waits.then(|| Waiting {
            amount: intent.amount,
            currency: intent.currency.clone(),
            return_url: return_url().map(str::to_owned),
        })
    }

    /// The customer confirms with their bank, or fails to. Returns `None` if there is nothing to confirm.
    pub(in super::super) fn authenticate(&self, id: &str, succeeds: bool, now: Timestamp) -> Option<Entry> {
        let mut attempt = self.attempts.get(id)?.clone();
        if attempt.intent.status != Status::RequiresAction {
            return None;
        }
        attempt.intent.next_action = None;
        if succeeds {
            attempt.succeed(now);
        } else {
            let code = "payment_intent_authentication_failure";
            attempt.fail(&Error::authentication(code), None, now);
        }
        Some(self.saving(Entry::of(attempt), now))
    }

    /// Returns what an entry reports to the shop, compared with the books before it.
    pub(in super::super) fn reports(&self, entry: &Entry) -> Vec<Report> {
        let mut reports = Vec::new();
        if let Some(Attempt { intent, charges, .. }) = &entry.attempt {
            let before = self.attempts.get(&intent.id);
            let was = before.map(|before| before.intent.status);
            let has_failed = charges.len() > before.map_or(0, |before| before.charges.len())
                && charges.last().is_some_and(|charge| charge.amount_captured == 0);
            let kind = match intent.status {
                _ if before.is_none() => Some("payment_intent.created"),
                Status::RequiresPaymentMethod if has_failed => Some("payment_intent.payment_failed"),
                // At each capture, and when there is something to capture.
                Status::RequiresCapture => Some("payment_intent.amount_capturable_updated"),
                status if was == Some(status) => None,
                Status::RequiresAction => Some("payment_intent.requires_action"),
                Status::Succeeded => Some("payment_intent.succeeded"),
                Status::Canceled => Some("payment_intent.canceled"),
                Status::RequiresPaymentMethod | Status::RequiresConfirmation => None,
            };
            reports.extend(kind.map(|kind| Report { kind, object: json!(intent) }));
        }
        if let Some(refund) = &entry.refund {
            let is_known = self.refunds.contains_key(&refund.id);
            let kind = if is_known { "refund.failed" } else { "refund.created" };
            reports.push(Report { kind, object: refund.shown() });
        }
        if let Some(dispute) = &entry.dispute {
            reports.extend(self.dispute_reports(dispute));
        }
        reports
    }
}

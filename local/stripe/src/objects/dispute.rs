//! Disputes: customers who claim their money back through their bank.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{BalanceTransaction, Charge};

/// What Stripe charges for a dispute, in minor units.
const FEE: i64 = 2_000;

/// How long the shop has to answer.
const TO_ANSWER: SignedDuration = SignedDuration::from_hours(9 * 24);

/// <https://docs.stripe.com/api/disputes/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct Dispute {
    pub(in super::super) id: String,
    object: String,
    pub(in super::super) amount: i64,
    pub(in super::super) currency: String,
    pub(in super::super) charge: String,
    pub(in super::super) payment_intent: String,
    /// `needs_response`, `won` or `lost`.
    pub(in super::super) status: String,
    pub(in super::super) reason: String,
    evidence_details: Value,
    pub(in super::super) balance_transactions: Vec<BalanceTransaction>,
    is_charge_refundable: bool,
    metadata: BTreeMap<String, String>,
    pub(in super::super) created: i64,
    livemode: bool,
}

impl Dispute {
    /// The customer disputes a charge, and their bank takes the money from the shop's balance at once.
    pub(in super::super) fn of(charge: &Charge, reason: &str, id: String, now: Timestamp) -> Self {
        let dispute = Self {
            id,
            object: "dispute".to_owned(),
            amount: charge.amount_captured,
            currency: charge.currency.clone(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            status: "needs_response".to_owned(),
            reason: reason.to_owned(),
            evidence_details: json!({
                "due_by": (now + TO_ANSWER).as_second(), "has_evidence": false, "past_due": false, "submission_count": 0,
            }),
            balance_transactions: Vec::new(),
            is_charge_refundable: false,
            metadata: BTreeMap::new(),
            created: now.as_second(),
            livemode: false,
        };
        dispute.moving(-charge.amount_captured, FEE, "dispute", now)
    }

    pub(in super::super) fn is_open(&self) -> bool {
        self.status == "needs_response"
    }

    /// The bank decides. Money that was won comes back; the fee does not.
    pub(in super::super) fn decided(&self, wins: bool, now: Timestamp) -> Self {
        let status = if wins { "won" } else { "lost" }.to_owned();
        let decided = Self { status, ..self.clone() };
        if wins { decided.moving(self.amount, 0, "dispute_reversal", now) } else { decided }
    }

    /// What it has taken from the shop's balance, fees included.
    pub(in super::super) fn withdrawn(&self) -> i64 {
        -self.balance_transactions.iter().map(|moved| moved.net).sum::<i64>()
    }

    fn moving(mut self, amount: i64, fee: i64, category: &str, now: Timestamp) -> Self {
        let dispute = (self.id.as_str(), self.currency.as_str());
        let moved = BalanceTransaction::of_dispute(dispute, amount, fee, category, now);
        self.balance_transactions.push(moved);
        self
    }
}

//! The shop's balance: what moves it, and payouts from it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Charge, Refund};

/// <https://docs.stripe.com/api/balance_transactions/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct BalanceTransaction {
    pub(in super::super) id: String,
    object: String,
    pub(in super::super) amount: i64,
    pub(in super::super) currency: String,
    pub(in super::super) fee: i64,
    pub(in super::super) net: i64,
    #[serde(rename = "type")]
    pub(in super::super) kind: String,
    /// <https://docs.stripe.com/reports/reporting-categories>
    pub(in super::super) reporting_category: String,
    pub(in super::super) source: String,
    pub(in super::super) created: i64,
}

impl BalanceTransaction {
    /// The money of a charge comes, as a whole or in parts, each less the fee of a European card: 1.5 % and 0.25 (<https://stripe.com/en-es/pricing>).
    pub(in super::super) fn of_charge(charge: &Charge) -> Vec<Self> {
        let moved = |amount: i64, created| {
            let fee = (amount * 15 + 500) / 1_000 + 25;
            Self::of((&charge.id, &charge.currency), amount, fee, "charge", created)
        };
        if charge.parts.is_empty() {
            return vec![moved(charge.amount_captured, charge.created)];
        }
        let of_part = |(number, (amount, created)): (usize, &(i64, i64))| {
            let moved = moved(*amount, *created);
            Self { id: format!("{}_{number}", moved.id), ..moved }
        };
        charge.parts.iter().enumerate().map(of_part).collect()
    }

    /// The money of a refund leaves.
    pub(in super::super) fn of_refund(refund: &Refund) -> Self {
        Self::of((&refund.id, &refund.currency), -refund.amount, 0, "refund", refund.created)
    }

    /// The money of a refund comes back, because no bank has taken it.
    pub(in super::super) fn of_refund_failure(refund: &Refund, now: Timestamp) -> Self {
        Self::of((&refund.id, &refund.currency), refund.amount, 0, "refund_failure", now.as_second())
    }

    /// A bank takes the money of a dispute, or brings it back.
    pub(super) fn of_dispute(
        dispute: (&str, &str),
        amount: i64,
        fee: i64,
        category: &str,
        now: Timestamp,
    ) -> Self {
        Self { kind: "adjustment".to_owned(), ..Self::of(dispute, amount, fee, category, now.as_second()) }
    }

    fn of((source, currency): (&str, &str), amount: i64, fee: i64, category: &str, created: i64) -> Self {
        let id = format!("txn_{category}_{}", source.rsplit('_').next().unwrap_or(source));
        Self {
            id,
            object: "balance_transaction".to_owned(),
            amount,
            currency: currency.to_owned(),
            fee,
            net: amount - fee,
            kind: category.to_owned(),
            reporting_category: category.to_owned(),
            source: source.to_owned(),
            created,
        }
    }

    /// What it takes from what is held for the shop once it is paid out. The fee of a dispute was taken with the dispute.
    pub(in super::super) fn held(&self) -> i64 {
        if self.kind == "adjustment" { self.net } else { self.amount }
    }
}

/// A payout (<https://docs.stripe.com/api/payouts/object>), and what it consists of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct Payout {
    pub(in super::super) id: String,
    pub(in super::super) amount: i64,
    pub(in super::super) currency: String,
    pub(in super::super) created: i64,
    pub(in super::super) transactions: Vec<BalanceTransaction>,
}

impl Payout {
    pub(in super::super) fn of(
        id: String,
        currency: String,
        transactions: Vec<BalanceTransaction>,
        now: Timestamp,
    ) -> Self {
        let amount = transactions.iter().map(|moved| moved.net).sum();
        Self { id, amount, currency, created: now.as_second(), transactions }
    }

    /// What leaves the balance.
    pub(in super::super) fn withdrawal(&self) -> BalanceTransaction {
        BalanceTransaction::of((&self.id, &self.currency), -self.amount, 0, "payout", self.created)
    }

    /// Returns it as the API shows it.
    pub(in super::super) fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "payout", "amount": self.amount, "currency": self.currency, "status": "paid",
            "automatic": true, "reconciliation_status": "completed", "type": "bank_account", "method": "standard",
            "balance_transaction": self.withdrawal().id, "arrival_date": self.created, "created": self.created,
            "livemode": false,
        })
    }
}

//! Payouts at Stripe (<https://docs.stripe.com/api/payouts>), and the balance transactions of which they consist
//! (<https://docs.stripe.com/payouts/reconciliation>).

use std::collections::HashMap;

use domain::payments::GatewayId;
use domain::payments::payouts::{BalanceTransaction, Movement, PayoutReport};
use domain::words::id::RefundId;
use domain::words::money::Currency;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::Deserialize;

use super::Stripe;
use super::lists::{Listed, Page};
use super::objects::minor_units;
use crate::gateway::GatewayError;
use crate::gateway::payouts::{FoundPayout, PayoutPart, PayoutStage, Payouts};

/// A payout (<https://docs.stripe.com/api/payouts/object>).
#[derive(Debug, Deserialize)]
struct PayoutObject {
    id: GatewayId,
    amount: i64,
    currency: String,
    status: PayoutStatus,
    automatic: bool,
    reconciliation_status: ReconciliationStatus,
    created: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PayoutStatus {
    Paid,
    Pending,
    InTransit,
    Canceled,
    Failed,
}

/// Whether Stripe lists all of what a payout consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReconciliationStatus {
    Completed,
    InProgress,
    NotApplicable,
}

/// <https://docs.stripe.com/api/balance_transactions/object>
#[derive(Debug, Deserialize)]
struct TransactionObject {
    id: GatewayId,
    amount: i64,
    currency: String,
    fee: i64,
    /// <https://docs.stripe.com/reports/reporting-categories>
    reporting_category: String,
    source: Option<Source>,
}

/// What has moved the balance: a charge, a refund, a dispute or the payout itself.
#[derive(Debug, Deserialize)]
struct Source {
    id: GatewayId,
    payment_intent: Option<GatewayId>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

impl Listed for PayoutObject {
    fn id(&self) -> &GatewayId {
        &self.id
    }
}

impl PayoutObject {
    fn found(self) -> Result<FoundPayout, GatewayError> {
        let Self { id, amount, currency, status, automatic, reconciliation_status, created } = self;
        let (amount, currency) = minor_units(amount, &currency)?;
        let is_itemised = automatic && reconciliation_status != ReconciliationStatus::NotApplicable;
        let stage = match status {
            PayoutStatus::Pending | PayoutStatus::InTransit => PayoutStage::Underway,
            PayoutStatus::Paid if reconciliation_status == ReconciliationStatus::InProgress => {
                PayoutStage::Underway
            }
            PayoutStatus::Paid => PayoutStage::Paid,
            PayoutStatus::Canceled | PayoutStatus::Failed => PayoutStage::Failed,
        };
        let created_at = Timestamp::from_second(created)
            .map_err(|error| GatewayError::InvalidAnswer(format!("{id}: {error}")))?;
        let report = PayoutReport { gateway: id, amount, currency, is_itemised };
        Ok(FoundPayout { report, stage, created_at })
    }
}

impl Source {
    fn refund_id(&self) -> Option<RefundId> {
        self.metadata.get("refund_id").and_then(|id| id.parse().ok())
    }
}

impl Stripe {
    async fn list_payouts(&self, since: Timestamp) -> Result<Vec<FoundPayout>, GatewayError> {
        let path = format!("/v1/payouts?created[gte]={}", since.as_second());
        let newest_first = self.list::<PayoutObject>(&path).await?;
        newest_first.into_iter().rev().map(PayoutObject::found).collect()
    }

    async fn list_transactions(
        &self,
        payout: &PayoutReport,
        after: Option<&GatewayId>,
        most: usize,
    ) -> Result<PayoutPart, GatewayError> {
        let after = after.map(|after| format!("&starting_after={after}")).unwrap_or_default();
        let name = &payout.gateway;
        let path = format!("/v1/balance_transactions?payout={name}&limit={most}&expand[]=data.source{after}");
        let Page { data, has_more } = self.get::<Page<TransactionObject>>(path).await?;
        let is_last = !has_more || data.is_empty();
        let mut transactions = Vec::with_capacity(data.len());
        for listed in data {
            // The payout is listed as well, as what left the balance.
            if listed.source.as_ref().is_some_and(|source| source.id == payout.gateway) {
                continue;
            }
            transactions.push(self.transaction(listed, payout.currency).await?);
        }
        Ok(PayoutPart { transactions, is_last })
    }

    async fn transaction(
        &self,
        listed: TransactionObject,
        expected: Currency,
    ) -> Result<BalanceTransaction, GatewayError> {
        let TransactionObject { id, amount, currency, fee, reporting_category: category, source } = listed;
        let (amount, in_currency) = minor_units(amount, &currency)?;
        if in_currency != expected {
            return Err(GatewayError::InvalidAnswer(format!("{id} is in {currency}")));
        }
        let (fee, _) = minor_units(fee, &currency)?;
        let named = source.as_ref().and_then(|source| source.metadata.get("payment_id"));
        let mut payment_id = named.and_then(|id| id.parse().ok());
        let movement = match (category.as_str(), &source) {
            ("charge", _) => Movement::Charge,
            ("refund", Some(refund)) => Movement::Refund(refund.refund_id()),
            ("refund_failure", Some(refund)) => Movement::RefundFailure(refund.refund_id()),
            ("dispute" | "dispute_reversal", Some(dispute)) => {
                // A dispute has no metadata of the shop's.
                let found = self.find_dispute(&dispute.id).await?;
                payment_id = found.and_then(|found| found.payment_id);
                match category.as_str() {
                    "dispute" => Movement::DisputeWithdrawal(dispute.id.clone()),
                    _ => Movement::DisputeReversal(dispute.id.clone()),
                }
            }
            ("fee", _) => Movement::Fee,
            _ => Movement::Other(category),
        };
        let intent = source.and_then(|source| source.payment_intent);
        Ok(BalanceTransaction { gateway: id, movement, payment_id, intent, amount, fee })
    }
}

impl Payouts for Stripe {
    fn payouts_since(&self, since: Timestamp) -> BoxFuture<'_, Result<Vec<FoundPayout>, GatewayError>> {
        self.list_payouts(since).boxed()
    }

    fn part_of_payout<'a>(
        &'a self,
        payout: &'a PayoutReport,
        after: Option<&'a GatewayId>,
        most: usize,
    ) -> BoxFuture<'a, Result<PayoutPart, GatewayError>> {
        self.list_transactions(payout, after, most).boxed()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn payout(changed: &Value) -> FoundPayout {
        let mut object = json!({
            "id": "po_1", "object": "payout", "amount": 2_787, "currency": "eur", "status": "paid", "automatic": true,
            "reconciliation_status": "completed", "created": 1_790_000_000, "arrival_date": 1_790_000_000,
        });
        let fields = changed.as_object().into_iter().flatten();
        fields.for_each(|(name, value)| object[name] = value.clone());
        serde_json::from_value::<PayoutObject>(object).unwrap().found().unwrap()
    }

    #[test]
    fn a_payout_is_posted_once_the_bank_has_it_and_its_parts_are_known() {
        for (changed, stage, is_itemised) in [
            (json!({}), PayoutStage::Paid, true),
            (json!({ "status": "in_transit" }), PayoutStage::Underway, true),
            (json!({ "status": "pending" }), PayoutStage::Underway, true),
            (json!({ "reconciliation_status": "in_progress" }), PayoutStage::Underway, true),
            (json!({ "status": "failed" }), PayoutStage::Failed, true),
            (json!({ "status": "canceled" }), PayoutStage::Failed, true),
            (
                json!({ "automatic": false, "reconciliation_status": "not_applicable" }),
                PayoutStage::Paid,
                false,
            ),
        ] {
            let found = payout(&changed);
            assert_eq!((found.stage, found.report.is_itemised), (stage, is_itemised), "{changed}");
            assert_eq!((found.report.amount, found.report.currency), (2_787, Currency::EUR));
        }
        assert_eq!(payout(&json!({ "amount": -6_180 })).report.amount, -6_180, "taken from the bank account");
    }
}

//! Disputes at Stripe (<https://docs.stripe.com/api/disputes>).
//!
//! A dispute names a PaymentIntent and has no metadata of the shop's, so it is read together with its PaymentIntent, in whose metadata
//! the shop has named the payment.

use std::collections::HashMap;

use domain::payments::{DisputeReport, DisputeStatus, GatewayId};
use domain::words::money::Money;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use super::lists::Listed;
use super::objects::money;
use super::{Ask, Stripe, read};
use crate::gateway::GatewayError;
use crate::gateway::disputes::{Disputes, FoundDispute};

/// A dispute (<https://docs.stripe.com/api/disputes/object>).
#[derive(Debug, Deserialize)]
struct DisputeObject {
    id: GatewayId,
    amount: i64,
    currency: String,
    status: ObjectStatus,
    reason: String,
    evidence_details: EvidenceDetails,
    balance_transactions: Vec<BalanceTransaction>,
    payment_intent: Option<IntentObject>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ObjectStatus {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
struct EvidenceDetails {
    due_by: Option<i64>,
}

/// What the dispute has taken from the shop's balance, or brought back (<https://docs.stripe.com/api/balance_transactions/object>).
#[derive(Debug, Deserialize)]
struct BalanceTransaction {
    amount: i64,
    currency: String,
    fee: i64,
}

#[derive(Debug, Deserialize)]
struct IntentObject {
    id: GatewayId,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

impl ObjectStatus {
    fn read(self, dispute: &GatewayId) -> Result<DisputeStatus, GatewayError> {
        match self {
            Self::WarningNeedsResponse | Self::WarningUnderReview => Ok(DisputeStatus::Inquiry),
            Self::WarningClosed => Ok(DisputeStatus::InquiryClosed),
            Self::NeedsResponse | Self::UnderReview => Ok(DisputeStatus::Open),
            Self::Won => Ok(DisputeStatus::Won),
            Self::Lost => Ok(DisputeStatus::Lost),
            Self::Unknown => {
                Err(GatewayError::InvalidAnswer(format!("the status of the dispute {dispute} is not known")))
            }
        }
    }
}

impl Listed for DisputeObject {
    fn id(&self) -> &GatewayId {
        &self.id
    }
}

impl DisputeObject {
    /// Returns `None` for a dispute of a charge without a PaymentIntent, as the shop makes none.
    fn found(self) -> Result<Option<FoundDispute>, GatewayError> {
        let report = self.report()?;
        let Some(IntentObject { id, metadata }) = self.payment_intent else { return Ok(None) };
        let payment_id = metadata.get("payment_id").and_then(|id| id.parse().ok());
        Ok(Some(FoundDispute { intent: id, payment_id, report }))
    }

    fn report(&self) -> Result<DisputeReport, GatewayError> {
        let amount = money(self.amount, &self.currency)?;
        let (mut withdrawn, mut reinstated, mut fee) = (0, 0, 0);
        for moved in &self.balance_transactions {
            // An account that settles in another currency is charged its fee in that, and the payment's ledger has none of it.
            let (moved_amount, moved_fee) = if moved.currency == self.currency {
                (moved.amount, moved.fee)
            } else {
                (self.amount * moved.amount.signum(), 0)
            };
            fee += moved_fee;
            if moved_amount < 0 {
                withdrawn -= moved_amount;
            } else {
                reinstated += moved_amount;
            }
        }
        let of = |units: i64| -> Result<Money, GatewayError> { money(units, &self.currency) };
        let due_by = self.evidence_details.due_by.map(Timestamp::from_second).transpose();
        Ok(DisputeReport {
            gateway: self.id.clone(),
            amount,
            status: self.status.read(&self.id)?,
            reason: self.reason.clone(),
            due_by: due_by.map_err(|error| GatewayError::InvalidAnswer(error.to_string()))?,
            withdrawn: of(withdrawn)?,
            reinstated: of(reinstated)?,
            fee: of(fee)?,
        })
    }
}

impl Stripe {
    pub(super) async fn find_dispute(&self, name: &GatewayId) -> Result<Option<FoundDispute>, GatewayError> {
        let path = format!("/v1/disputes/{name}?expand[]=payment_intent");
        let ask = Ask { method: Method::GET, path, params: &[], key: None };
        match self.ask(&ask).await?.accepted()? {
            Ok(found) => read::<DisputeObject>(&found)?.found(),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Returns all disputes that a filter selects. One whose form is unknown is left out, loudly: it must not hide the others.
    async fn list_disputes(&self, filter: &str) -> Result<Vec<FoundDispute>, GatewayError> {
        let path = format!("/v1/disputes?{filter}&expand[]=data.payment_intent");
        let mut found = Vec::new();
        for dispute in self.list::<DisputeObject>(&path).await? {
            match dispute.found() {
                Ok(dispute) => found.extend(dispute),
                Err(error) => tracing::error!(%error, "a dispute cannot be read"),
            }
        }
        Ok(found)
    }
}

impl Disputes for Stripe {
    fn dispute<'a>(
        &'a self,
        name: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Option<FoundDispute>, GatewayError>> {
        self.find_dispute(name).boxed()
    }

    fn disputes_of<'a>(
        &'a self,
        intent: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Vec<FoundDispute>, GatewayError>> {
        async move { self.list_disputes(&format!("payment_intent={intent}")).await }.boxed()
    }

    fn disputes_since(&self, since: Timestamp) -> BoxFuture<'_, Result<Vec<FoundDispute>, GatewayError>> {
        async move { self.list_disputes(&format!("created[gte]={}", since.as_second())).await }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use domain::words::id::PaymentId;
    use domain::words::money::Currency;
    use serde_json::{Value, json};

    use super::*;

    fn dispute(status: &str, moved: Value) -> Value {
        json!({
            "id": "dp_1", "object": "dispute", "amount": 4_180, "currency": "eur", "charge": "ch_1",
            "status": status, "reason": "fraudulent", "evidence_details": { "due_by": 1_790_000_000 },
            "balance_transactions": moved,
            "payment_intent": {
                "id": "pi_1", "object": "payment_intent", "metadata": { "payment_id": PaymentId::from_parts(0, 1) },
            },
        })
    }

    fn found(object: Value) -> Result<Option<FoundDispute>, GatewayError> {
        serde_json::from_value::<DisputeObject>(object).unwrap().found()
    }

    fn eur(amount: i64) -> Money {
        Money::new(amount, Currency::EUR).unwrap()
    }

    #[test]
    fn what_has_moved_is_the_sum_of_the_balance_transactions() {
        let taken = json!({ "amount": -4_180, "currency": "eur", "fee": 2_000, "net": -6_180 });
        let back = json!({ "amount": 4_180, "currency": "eur", "fee": 0, "net": 4_180 });
        for (status, moved, stated, amounts) in [
            ("warning_needs_response", json!([]), DisputeStatus::Inquiry, (0, 0, 0)),
            ("warning_closed", json!([]), DisputeStatus::InquiryClosed, (0, 0, 0)),
            ("needs_response", json!([taken]), DisputeStatus::Open, (4_180, 0, 2_000)),
            ("under_review", json!([taken]), DisputeStatus::Open, (4_180, 0, 2_000)),
            ("lost", json!([taken]), DisputeStatus::Lost, (4_180, 0, 2_000)),
            ("won", json!([taken, back]), DisputeStatus::Won, (4_180, 4_180, 2_000)),
        ] {
            let found = found(dispute(status, moved)).unwrap().unwrap();
            assert_eq!(
                (found.intent.as_ref(), found.payment_id),
                ("pi_1", Some(PaymentId::from_parts(0, 1)))
            );
            let DisputeReport { status: read, withdrawn, reinstated, fee, .. } = found.report;
            assert_eq!(read, stated, "{status}");
            assert_eq!((withdrawn, reinstated, fee), (eur(amounts.0), eur(amounts.1), eur(amounts.2)));
        }
    }

    #[test]
    fn a_fee_in_another_currency_is_not_the_payments() {
        let taken = json!({ "amount": -4_500, "currency": "usd", "fee": 1_500, "net": -6_000 });
        let report = found(dispute("needs_response", json!([taken]))).unwrap().unwrap().report;
        assert_eq!((report.withdrawn, report.fee), (eur(4_180), eur(0)));
    }

    #[test]
    fn a_status_that_is_not_known_is_no_statement() {
        let error = found(dispute("prevented", json!([]))).unwrap_err();
        assert!(matches!(error, GatewayError::InvalidAnswer(_)), "{error}");
        let mut of_charge = dispute("needs_response", json!([]));
        of_charge["payment_intent"] = Value::Null;
        assert_eq!(found(of_charge).unwrap(), None);
    }
}

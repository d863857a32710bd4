//! Refunds that Stripe had made, and that have failed since (<https://docs.stripe.com/refunds#failed-refunds>). What comes back is a
//! balance transaction of the type `refund_failure`, which Stripe lists by its type, so none has to be looked for among all refunds.

use std::collections::HashMap;

use domain::payments::GatewayId;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::Deserialize;

use super::Stripe;
use super::lists::Listed;
use super::objects::RefundStatus;
use crate::gateway::GatewayError;
use crate::gateway::refunds::{FailedRefund, FailedRefunds};

/// A refund (<https://docs.stripe.com/api/refunds/object>).
#[derive(Debug, Deserialize)]
struct RefundFound {
    status: RefundStatus,
    failure_reason: Option<String>,
    payment_intent: Option<GatewayId>,
    /// What the shop has named when it created the refund. Somebody may have made another one in the dashboard.
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// <https://docs.stripe.com/api/balance_transactions/object>
#[derive(Debug, Deserialize)]
struct Returned {
    id: GatewayId,
    source: Option<RefundFound>,
}

impl RefundFound {
    fn failed(self) -> Option<FailedRefund> {
        let Self { status, failure_reason, payment_intent, metadata } = self;
        let reason = failure_reason.unwrap_or_else(|| "unknown".to_owned());
        let is_failed = matches!(status, RefundStatus::Failed | RefundStatus::Canceled);
        let refund_id = metadata.get("refund_id")?.parse().ok()?;
        let payment_id = metadata.get("payment_id")?.parse().ok()?;
        is_failed.then_some(FailedRefund { refund_id, payment_id, intent: payment_intent?, reason })
    }
}

impl Listed for Returned {
    fn id(&self) -> &GatewayId {
        &self.id
    }
}

impl Stripe {
    async fn list_failed_refunds(&self, since: Timestamp) -> Result<Vec<FailedRefund>, GatewayError> {
        let of = format!("type=refund_failure&created[gte]={}&expand[]=data.source", since.as_second());
        let returned = self.list::<Returned>(&format!("/v1/balance_transactions?{of}")).await?;
        Ok(returned.into_iter().filter_map(|returned| returned.source?.failed()).collect())
    }
}

impl FailedRefunds for Stripe {
    fn failed_refund<'a>(
        &'a self,
        name: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Option<FailedRefund>, GatewayError>> {
        async move { Ok(self.get::<RefundFound>(format!("/v1/refunds/{name}")).await?.failed()) }.boxed()
    }

    fn refunds_failed_since(
        &self,
        since: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<FailedRefund>, GatewayError>> {
        self.list_failed_refunds(since).boxed()
    }
}

//! Refunds that the payment gateway had made, and that a bank has given back.

use domain::payments::GatewayId;
use domain::words::id::{PaymentId, RefundId};
use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::gateway::GatewayError;

/// A refund that has failed, at once or later, and the payment that the gateway names for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRefund {
    /// The shop's id for it.
    pub refund_id: RefundId,
    /// The payment that the shop has named when it created the refund.
    pub payment_id: PaymentId,
    /// The gateway's id for the payment.
    pub intent: GatewayId,
    /// Why, in the gateway's words.
    pub reason: String,
}

/// Where refunds that have failed are found. They are only read.
pub trait FailedRefunds {
    /// Returns a refund if it has failed; `None` if it has not, or is not one that the shop has made.
    fn failed_refund<'a>(
        &'a self,
        name: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Option<FailedRefund>, GatewayError>>;

    /// Returns the refunds of the shop that have failed since then.
    fn refunds_failed_since(
        &self,
        since: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<FailedRefund>, GatewayError>>;
}

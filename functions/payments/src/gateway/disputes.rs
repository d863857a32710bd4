//! Disputes at the payment gateway: customers who claim their money back through their bank.

use domain::payments::{DisputeReport, GatewayId};
use domain::words::id::PaymentId;
use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::gateway::GatewayError;

/// A dispute, and the payment that the gateway names for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDispute {
    /// The gateway's id for the payment.
    pub intent: GatewayId,
    /// The payment that the shop has named when it created that; `None` if it is not the shop's.
    pub payment_id: Option<PaymentId>,
    /// What the gateway states about the dispute.
    pub report: DisputeReport,
}

/// Where disputes are found. They are only read.
pub trait Disputes {
    /// Returns a dispute; `None` if there is none of this name, or it is of no payment as the shop makes them.
    fn dispute<'a>(
        &'a self,
        name: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Option<FoundDispute>, GatewayError>>;

    /// Returns the disputes of a payment.
    fn disputes_of<'a>(
        &'a self,
        intent: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Vec<FoundDispute>, GatewayError>>;

    /// Returns the disputes that were opened since then.
    fn disputes_since(&self, since: Timestamp) -> BoxFuture<'_, Result<Vec<FoundDispute>, GatewayError>>;
}

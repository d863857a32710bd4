//! Events of the payment service.

use serde::{Deserialize, Serialize};

use crate::events::{
    About, CaptureFailed, DisputeClosed, DisputeOpened, DisputeReported, PartCaptured, events,
};
use crate::words::attempt::{first, is_first};
use crate::words::id::{AttemptId, OrderId, PaymentId, RefundId, UserId};
use crate::words::money::Money;

events! {
    /// The payment service's events.
    pub enum PaymentEvent from "/bodega/payments" {
        /// The customer has to confirm the payment with their bank.
        ActionRequired(PaymentOutcome) = "bodega.payment.action_required.v1" => [OrderEvents, NotificationRequests];
        /// The money was captured.
        Captured(PaymentOutcome) = "bodega.payment.captured.v1" => [OrderEvents, NotificationRequests];
        /// The money is authorised, and captured parcel by parcel.
        Authorized(PaymentOutcome) = "bodega.payment.authorized.v1" => [OrderEvents];
        /// A part of the authorised money was captured, or the rest was released.
        PartCaptured(PartCaptured) = "bodega.payment.part_captured.v1" => [OrderEvents];
        /// Authorised money could not be captured, and will not be.
        CaptureFailed(CaptureFailed) = "bodega.payment.capture_failed.v1" => [OrderEvents];
        /// The authorisation ends within a day, or has ended. The order says what is captured of the rest, or is cancelled. It is told each hour until
        /// then.
        AuthorizationEnding(PaymentOutcome) = "bodega.payment.authorization_ending.v1" => [OrderEvents];
        /// The attempt was declined.
        Failed(PaymentFailed) = "bodega.payment.failed.v1" => [OrderEvents, NotificationRequests];
        /// The customer pays with another payment method, after a decline.
        Retried(PaymentOutcome) = "bodega.payment.retried.v1" => [PaymentCommands, OrderEvents];
        /// Captured money was refunded.
        RefundSucceeded(RefundSucceeded) = "bodega.refund.succeeded.v1" => [OrderEvents, NotificationRequests];
        /// The payment gateway could not deliver a refund, and the customer is still owed the money; or it was not made, because
        /// the customer has got the money through a dispute (`lost_in_dispute`).
        RefundFailed(RefundFailed) = "bodega.refund.failed.v1" => [OrderEvents, NotificationRequests];
        /// The payment gateway reports that something has happened to a payment. It tells where to look, and nothing that
        /// is believed.
        GatewayReported(GatewayReported) = "bodega.gateway.reported.v1" => [PaymentCommands];
        /// The payment gateway reports that something has happened to a dispute. It tells where to look, as the event before.
        DisputeReported(DisputeReported) = "bodega.dispute.reported.v1" => [PaymentCommands];
        /// A customer claims money back through their bank, which has taken it for the time being.
        DisputeOpened(DisputeOpened) = "bodega.dispute.opened.v1" => [OrderEvents, NotificationRequests];
        /// A dispute has ended: the shop has its money back, or has lost it.
        DisputeClosed(DisputeClosed) = "bodega.dispute.closed.v1" => [OrderEvents, NotificationRequests];
    }
}

/// The outcome of an attempt to charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentOutcome {
    /// The payment.
    pub payment_id: PaymentId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The amount.
    pub amount: Money,
    /// The attempt's number, from 1. It is left out for the first.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub attempt: u32,
}

/// A report of the payment gateway about a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GatewayReported {
    /// The payment, as the gateway's object names it.
    pub payment_id: PaymentId,
    /// The gateway's type of report (`payment_intent.succeeded`).
    #[serde(rename = "type")]
    pub kind: String,
    /// The gateway's id of the object that it is about.
    pub object_id: String,
}

impl GatewayReported {
    /// Returns the gateway's name of the refund that has failed, if it is about one.
    #[must_use]
    pub fn failed_refund(&self) -> Option<&str> {
        is_of_a_failed_refund(&self.kind).then_some(&self.object_id)
    }
}

/// Returns whether a report of the gateway is about a refund that has failed
/// (<https://docs.stripe.com/api/events/types#event_types-refund.failed>).
#[must_use]
pub fn is_of_a_failed_refund(kind: &str) -> bool {
    kind == "refund.failed"
}

/// An attempt to charge was declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentFailed {
    /// The attempt.
    #[serde(flatten)]
    pub outcome: PaymentOutcome,
    /// The payment gateway's decline code (`card_declined`).
    pub decline_code: String,
}

/// Captured money was refunded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundSucceeded {
    /// The refund.
    pub refund_id: RefundId,
    /// The refunded payment.
    pub payment_id: PaymentId,
    /// The order that was paid.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The amount.
    pub amount: Money,
}

/// Why a refund that was granted fails if its order has ended: its amount is in the refund of the rest. The customer gets the money.
pub const ORDER_ENDED: &str = "order_ended";
/// The reason of a refund that was not made because the customer has got the money through a dispute. Nothing is owed.
pub const LOST_IN_DISPUTE: &str = "lost_in_dispute";

/// The payment gateway could not deliver a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundFailed {
    /// The refund.
    pub refund_id: RefundId,
    /// The payment that was to be refunded.
    pub payment_id: PaymentId,
    /// The order that was paid.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The amount of the refund.
    pub amount: Money,
    /// The payment gateway's reason (`expired_or_canceled_card`), or `lost_in_dispute`.
    pub reason: String,
}

impl RefundFailed {
    /// Returns whether the customer is still owed the money, and nothing else brings it.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        ![LOST_IN_DISPUTE, ORDER_ENDED].contains(&self.reason.as_str())
    }
}

impl About for PaymentOutcome {
    fn subject(&self) -> String {
        self.payment_id.to_string()
    }
}

impl About for GatewayReported {
    fn subject(&self) -> String {
        self.payment_id.to_string()
    }
}

impl About for PaymentFailed {
    fn subject(&self) -> String {
        self.outcome.subject()
    }
}

impl About for RefundSucceeded {
    fn subject(&self) -> String {
        self.refund_id.to_string()
    }
}

impl About for RefundFailed {
    fn subject(&self) -> String {
        self.refund_id.to_string()
    }
}

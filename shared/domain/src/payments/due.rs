//! Actions due at the payment gateway, and the gateway's outcomes.

use nutype::nutype;

use crate::words::id::{AttemptId, OrderId, PaymentId, RefundId};
use crate::words::money::Money;
use crate::words::payment_method::PaymentMethod;

/// The payment gateway's own id for an attempt or a refund.
#[nutype(
    validate(predicate = is_gateway_id),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct GatewayId(String);

/// The id becomes part of a URL's path.
fn is_gateway_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// An attempt to charge, as sent to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Idempotency keys are derived from it.
    pub attempt_id: AttemptId,
    /// The payment that the attempt belongs to.
    pub payment_id: PaymentId,
    /// The order being paid.
    pub order_id: OrderId,
    /// The amount.
    pub amount: Money,
    /// The payment gateway's token to charge.
    pub payment_method: PaymentMethod,
    /// Number of requests to confirm the attempt, including the next one.
    pub tries: u32,
}

/// An attempt known to the gateway. It takes no money until it is confirmed, and it can be confirmed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The gateway's id for the attempt.
    pub intent: GatewayId,
    /// The attempt.
    pub charge: Charge,
}

/// A refund, as sent to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The idempotency key.
    pub refund_id: RefundId,
    /// The refunded payment.
    pub payment_id: PaymentId,
    /// The order that was paid.
    pub order_id: OrderId,
    /// The gateway's id for the attempt that captured the money.
    pub intent: GatewayId,
    /// The amount: at most the captured amount.
    pub amount: Money,
    /// The gateway's id for the refund, if accepted and not completed.
    pub taken_on: Option<GatewayId>,
}

/// The next action at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Create the attempt at the gateway. This takes no money.
    Open(Charge),
    /// Confirm the attempt, which captures the money, or find out its outcome.
    Confirm(Opened),
    /// Ensure that the attempt can no longer capture money.
    Cancel(Opened),
    /// Refund the captured money.
    Refund(Refund),
}

/// The gateway's outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money is captured.
    Captured,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Nothing is captured.
    Declined {
        /// The gateway's decline code (`card_declined`).
        code: String,
    },
}

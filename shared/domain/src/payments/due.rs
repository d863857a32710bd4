//! What is to be done at the payment gateway, and what the gateway says.

use nutype::nutype;

use crate::words::id::{AttemptId, OrderId, PaymentId, RefundId};
use crate::words::money::Money;
use crate::words::payment_method::PaymentMethod;

/// What the payment gateway calls a thing of its own: an attempt that it was told of, or a refund.
#[nutype(
    validate(predicate = is_gateway_id),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct GatewayId(String);

/// It becomes part of a URL's path.
fn is_gateway_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// An attempt, as it is put to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// What idempotency keys are made of.
    pub attempt_id: AttemptId,
    /// The payment that it is an attempt of.
    pub payment_id: PaymentId,
    /// The order that is paid.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
    /// What to charge.
    pub payment_method: PaymentMethod,
    /// How often the gateway was asked to confirm it, the next time included.
    pub tries: u32,
}

/// An attempt that the gateway knows. As long as it is not confirmed it takes nothing, and it can be confirmed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What the gateway calls it.
    pub intent: GatewayId,
    /// The attempt.
    pub charge: Charge,
}

/// A refund, as it is put to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The idempotency key.
    pub refund_id: RefundId,
    /// The payment that it is of.
    pub payment_id: PaymentId,
    /// The order that was paid.
    pub order_id: OrderId,
    /// What the gateway calls the attempt that took the money.
    pub intent: GatewayId,
    /// How much: what was captured, and no more.
    pub amount: Money,
    /// What the gateway calls it, where it has taken it on and is not done with it.
    pub taken_on: Option<GatewayId>,
}

/// What is to be done at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Tell the gateway of the attempt. That takes nothing.
    Open(Charge),
    /// Confirm the attempt, which takes the money, or find out what became of it.
    Confirm(Opened),
    /// Make sure that the attempt takes nothing any more.
    Cancel(Opened),
    /// Give back what was taken.
    Refund(Refund),
}

/// What the gateway says of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money is taken.
    Captured,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Nothing is taken.
    Declined {
        /// Why, in the gateway's words (`card_declined`).
        code: String,
    },
}

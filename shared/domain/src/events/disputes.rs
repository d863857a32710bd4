//! Data of the events about disputes: customers who claim their money back through their bank.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::About;
use crate::words::id::{DisputeId, OrderId, PaymentId, UserId};
use crate::words::money::Money;

/// A report of the payment gateway about a dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisputeReported {
    /// The gateway's type of report (`charge.dispute.created`).
    #[serde(rename = "type")]
    pub kind: String,
    /// The gateway's id of the dispute, which names no payment of the shop.
    pub object_id: String,
}

/// A customer claims money back through their bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisputeOpened {
    /// The dispute.
    pub dispute_id: DisputeId,
    /// The disputed payment.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The disputed amount.
    pub amount: Money,
    /// The bank's reason (`product_not_received`).
    pub reason: String,
    /// Until when the shop can answer, if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_by: Option<Timestamp>,
}

/// A dispute has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisputeClosed {
    /// The dispute.
    pub dispute_id: DisputeId,
    /// The disputed payment.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The disputed amount; of a lost dispute, what the bank has taken.
    pub amount: Money,
    /// How it has ended.
    pub outcome: DisputeOutcome,
}

/// How a dispute has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The shop keeps the money.
    Won,
    /// The customer has the money.
    Lost,
    /// An outcome of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl About for DisputeReported {
    fn subject(&self) -> String {
        self.object_id.clone()
    }
}

impl About for DisputeOpened {
    fn subject(&self) -> String {
        self.dispute_id.to_string()
    }
}

impl About for DisputeClosed {
    fn subject(&self) -> String {
        self.dispute_id.to_string()
    }
}

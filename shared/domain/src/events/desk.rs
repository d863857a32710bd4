//! What the staff do with an order at their desk, as events of the order service tell it.

use serde::{Deserialize, Serialize};

use crate::events::{About, OrderSummary};
use crate::words::id::{CancellationId, OrderId, UserId};
use crate::words::money::Money;
use crate::words::setting::NoteText;
use crate::words::shipment::ShippedLine;

/// Pieces of an order are not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinesCancelled {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The cancellation. Each is counted once.
    pub cancellation_id: CancellationId,
    /// What is not delivered.
    pub lines: Vec<ShippedLine>,
    /// What is refunded for it, if money was left to refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// What was authorised for it, and is not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_captured: Option<Money>,
}

impl About for LinesCancelled {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// The staff have something to tell an order's customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderNoted {
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What they tell.
    pub text: NoteText,
}

impl About for OrderNoted {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// The mail about an order is wanted once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmationRequested {
    /// The order.
    pub order: OrderSummary,
    /// How far it is.
    pub state: OrderState,
}

/// How far an order is, as its mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It is not paid yet.
    Received,
    /// It is paid.
    Confirmed,
    /// Some of it was handed over to the carrier, or all.
    Shipped,
    /// It was cancelled, or not paid in time.
    Ended,
    /// A state of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl About for ConfirmationRequested {
    fn subject(&self) -> String {
        self.order.subject()
    }
}

//! Data of the events about money that is authorised, and captured parcel by parcel.

use serde::{Deserialize, Serialize};

use super::About;
use crate::words::id::{CaptureId, OrderId, PaymentId, UserId};
use crate::words::money::Money;

/// Authorised money is to be captured. Amounts are those of all captures of the order together, so that events may arrive in any order,
/// and one that is lost is made up for by the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaptureRequested {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The capture. Each captures once.
    pub capture_id: CaptureId,
    /// What is to be captured for this parcel: what its invoice says.
    pub amount: Money,
    /// What is to be captured once this is, all captures together.
    pub together: Money,
    /// The most that the customer pays for the order. It is captured at once if the payment can be captured only once.
    pub most: Money,
    /// Whether nothing more is to be captured, so that the rest of what is authorised is released.
    pub is_last: bool,
}

impl About for CaptureRequested {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

/// A part of the authorised money was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartCaptured {
    /// The payment.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The capture.
    pub capture_id: CaptureId,
    /// Its amount; zero if it only released the rest.
    pub amount: Money,
    /// What was captured by then, all captures together.
    pub captured: Money,
    /// Whether nothing more is captured.
    pub is_last: bool,
}

/// Authorised money could not be captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaptureFailed {
    /// The payment.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The capture.
    pub capture_id: CaptureId,
    /// What the shop has not got.
    pub amount: Money,
    /// What was captured before, all captures together.
    pub captured: Money,
    /// The payment gateway's reason (`charge_expired_for_capture`), or `not_authorized`.
    pub reason: String,
}

impl About for PartCaptured {
    fn subject(&self) -> String {
        self.payment_id.to_string()
    }
}

impl About for CaptureFailed {
    fn subject(&self) -> String {
        self.payment_id.to_string()
    }
}

//! An order as its customer and the staff see it.

use domain::invoices::{Invoice, InvoiceKind};
use domain::orders::fulfillment::FulfillmentStatus;
use domain::orders::returns::ReturnStatus;
use domain::orders::timeline::Entry;
use domain::orders::{Order, PaymentState};
use domain::words::document::DocumentNumber;
use domain::words::money::Money;
use domain::words::person::{Email, Name};
use jiff::Timestamp;
use serde::Serialize;

use crate::shipments::ShipmentEntry;

/// An order, with what follows from it and the included resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderView {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// How far it has come on its way to the customer.
    pub fulfillment_status: FulfillmentStatus,
    /// How far its money is.
    pub payment_state: PaymentState,
    /// What was authorised for pieces that were cancelled, and is not captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_captured: Option<Money>,
    /// How far its returns are.
    pub return_status: ReturnStatus,
    /// What its customer can do, so that a page needs no rules of its own. In `GET /orders/{order_id}` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can: Option<Can>,
    /// The customer, if requested with `?expand=user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Customer>,
    /// Its parcels, oldest first, if requested with `?expand=shipments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipments: Option<Vec<ShipmentEntry>>,
    /// Its invoices and credit notes, oldest first, if requested with `?expand=invoices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoices: Option<Vec<InvoiceEntry>>,
    /// What happened to it, oldest first, if requested with `?expand=timeline`: to the customer what is public, to the staff everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Vec<Entry>>,
}

/// An invoice or credit note in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvoiceEntry {
    /// Its number.
    pub number: DocumentNumber,
    /// What it is.
    pub kind: InvoiceKind,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its total, with the tax.
    pub total: Money,
}

impl From<Invoice> for InvoiceEntry {
    fn from(Invoice { number, issued_at, content, .. }: Invoice) -> Self {
        Self { number, kind: content.kind, issued_at, total: content.total }
    }
}

/// What the customer of an order can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Can {
    /// Pay it, until its hold ends.
    pub pay: bool,
    /// Cancel it. If the caller is of the staff, whether they can.
    pub cancel: bool,
    /// Withdraw from the contract, or from what is left of it.
    pub withdraw: bool,
    /// When the time for that ends, once it has begun: when the last parcel has arrived, or later the rest was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Timestamp>,
}

/// The customer's current data in the user service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Customer {
    /// The account exists.
    Available {
        /// The customer's name.
        name: Name,
        /// The customer's e-mail address.
        email: Email,
    },
    /// The user service is unavailable, or the account no longer exists; or the caller is a guest. The order is returned without the customer.
    Unavailable,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let (fulfillment_status, payment_state) = (order.fulfillment_status(), order.payment_state());
        let (return_status, not_captured) = (order.return_status(), order.not_captured());
        Self {
            order,
            fulfillment_status,
            payment_state,
            not_captured,
            return_status,
            can: None,
            user: None,
            shipments: None,
            invoices: None,
            timeline: None,
        }
    }
}

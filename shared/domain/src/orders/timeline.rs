//! The timeline of an order: what happened to it, when, and who did it.
//!
//! An entry is derived from the order before and after a change, so that no operation can forget one. When the order was placed and
//! when it was paid, the order itself says: docs/decisions/0090-the-timeline-is-derived-from-the-change.md.

mod telling;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Order;
use crate::events::{OrderEvent, OrderNoted};
use crate::words::id::{EntryId, RefundId, ReturnId, ShipmentId, UserId};
use crate::words::line::Line;
use crate::words::money::Money;
use crate::words::setting::{Label, Note, NoteText};

/// Who has done something to an order. No customer is named: an order may become another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// The customer.
    Customer,
    /// Somebody of the staff.
    Staff {
        /// Who. It is shown to the staff alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<UserId>,
    },
    /// The shop, by itself.
    System,
    /// An actor of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl Actor {
    /// Returns a member of the staff as actor.
    #[must_use]
    pub fn staff(user_id: UserId) -> Self {
        Self::Staff { user_id: Some(user_id) }
    }

    /// Returns whoever may change an order: its customer, or else the staff.
    #[must_use]
    pub fn of(user_id: UserId, order: &Order) -> Self {
        if order.user_id == user_id { Self::Customer } else { Self::staff(user_id) }
    }
}

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderHappening"))]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was placed.
    Placed,
    /// It was paid.
    Paid,
    /// A payment was declined.
    PaymentFailed,
    /// Money arrived after it had ended, or too late for it. It is refunded.
    PaidTooLate,
    /// It was cancelled.
    Cancelled,
    /// It was cancelled, because its pieces had gone to other orders.
    OutOfStock,
    /// Its pieces had gone to other orders, after some of them were shipped.
    StockLost,
    /// Some of its pieces were cancelled.
    LinesCancelled,
    /// It was not paid in time.
    Expired,
    /// A parcel was handed over to the carrier.
    Shipped,
    /// A parcel has arrived.
    Delivered,
    /// Money is to be paid back.
    RefundRequested,
    /// Money was paid back.
    RefundSucceeded,
    /// Money could not be paid back, or is not owed any more.
    RefundFailed,
    /// The customer sends something back, or wants to.
    ReturnRequested,
    /// The staff have accepted a return.
    ReturnAccepted,
    /// The staff have refused a return.
    ReturnRefused,
    /// What was sent back has arrived.
    ReturnReceived,
    /// The customer claims money back through their bank.
    Disputed,
    /// The bank has decided for the shop.
    DisputeWon,
    /// The bank has decided for the customer.
    DisputeLost,
    /// A guest's order has become an account's.
    Reowned,
    /// The staff have noted something.
    Note,
    /// Something of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl What {
    /// Returns whether the customer sees it. Of a note, that is decided by whoever writes it.
    #[must_use]
    pub fn is_public(self) -> bool {
        match self {
            Self::Placed
            | Self::Paid
            | Self::PaymentFailed
            | Self::PaidTooLate
            | Self::Cancelled
            | Self::OutOfStock
            | Self::LinesCancelled
            | Self::Expired
            | Self::Shipped
            | Self::Delivered
            | Self::RefundRequested
            | Self::RefundSucceeded
            | Self::ReturnRequested
            | Self::ReturnAccepted
            | Self::ReturnRefused
            | Self::ReturnReceived => true,
            // The staff find another way to pay it back, or none is needed.
            Self::RefundFailed
            // They may find the pieces.
            | Self::StockLost
            | Self::Disputed
            | Self::DisputeWon
            | Self::DisputeLost
            | Self::Reowned
            | Self::Note
            | Self::Unknown => false,
        }
    }
}

/// What is told of something beside that it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderHappeningDetails"))]
pub struct Details {
    /// The pieces that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// The money that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why, in the words of whoever did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// The text of a note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<NoteText>,
    /// The parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_id: Option<ShipmentId>,
    /// Its carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Label>,
    /// The refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// The return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<ReturnId>,
    /// Whose the order was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl Details {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An entry of an order's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "TimelineEntry"))]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    /// What happened.
    pub what: What,
    /// The details, if there are any.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub data: Details,
    /// Whether the customer sees it.
    pub public: bool,
}

impl Entry {
    /// Creates the entry of something that is public or not by its kind.
    #[must_use]
    pub fn new(at: Timestamp, by: Actor, what: What, data: Details) -> Self {
        Self { at, by, what, data, public: what.is_public() }
    }

    /// Creates the entry of a note.
    #[must_use]
    pub fn of_note(at: Timestamp, by: Actor, text: NoteText, public: bool) -> Self {
        let data = Details { text: Some(text), ..Details::default() };
        Self { public, ..Self::new(at, by, What::Note, data) }
    }

    /// Returns the entry as the customer sees it, if they do: which member of the staff did something is not their business.
    #[must_use]
    pub fn for_customer(self) -> Option<Self> {
        let by = match self.by {
            Actor::Staff { .. } => Actor::Staff { user_id: None },
            by => by,
        };
        self.public.then_some(Self { by, ..self })
    }

    /// Returns what stays of the entry once the order's customer is erased: nothing of a note, and no words of the customer.
    #[must_use]
    pub fn without_customer(&self) -> Option<Self> {
        if self.what == What::Note {
            return None;
        }
        let mut entry = self.clone();
        if self.by == Actor::Customer {
            entry.data.reason = None;
        }
        Some(entry)
    }

    /// Returns whether this version knows what it says.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.what != What::Unknown && self.by != Actor::Unknown
    }
}

/// A note about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// What is noted.
    pub text: NoteText,
    /// Whether the customer sees it, and gets a mail with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
}

impl EntryId {
    /// Returns the id of the `index`th entry of the change that wrote a version of the order. It sorts by time.
    #[must_use]
    pub fn of_version(at: Timestamp, version: u64, index: u16) -> Self {
        let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self::from_parts(milliseconds, (u128::from(version) << 16) | u128::from(index))
    }
}

impl Order {
    /// Returns the entry of a note by somebody of the staff, and the event that tells the customer of it, if it is public.
    #[must_use]
    pub fn noted(&self, note: &NewNote, by: UserId, now: Timestamp) -> (Entry, Option<OrderEvent>) {
        let entry = Entry::of_note(now, Actor::staff(by), note.text.clone(), note.public);
        let event = OrderEvent::Noted(OrderNoted {
            order_id: self.order_id,
            user_id: self.user_id,
            number: self.number.as_ref().map(ToString::to_string),
            text: note.text.clone(),
        });
        (entry, note.public.then_some(event))
    }

    /// Returns the entries that are not written, since the order itself holds them.
    #[must_use]
    pub fn milestones(&self) -> Vec<Entry> {
        let entry = |at, by, what| Entry::new(at, by, what, Details::default());
        let placed = entry(self.placed_at, Actor::Customer, What::Placed);
        let paid = self.paid_at.map(|at| entry(at, Actor::System, What::Paid));
        [placed].into_iter().chain(paid).collect()
    }
}

//! The timeline of an order: what happened to it, when, and who did it.
//!
//! An entry is derived from the order before and after a change, so that no operation can forget one. When the order was placed and
//! when it was paid, the order itself says: docs/decisions/0090-the-timeline-is-derived-from-the-change.md.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::disputed::DisputeStatus;
use super::fulfillment::LineProgress;
use super::refunds::RefundStatus;
use super::returns::ReturnState;
use super::{Change, Order, OrderStatus, PaymentStatus};
use crate::events::{OrderEvent, OrderNoted};
use crate::words::goods::Quantity;
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

impl Change {
    /// Says why, in the words of whoever does it.
    #[must_use]
    pub fn because(mut self, reason: Option<Note>) -> Self {
        self.details.reason = reason;
        self
    }

    /// Returns the entries of the timeline that tell of this change of `before`. Each field of an order is either told of, or named
    /// here as one that is not.
    #[must_use]
    pub fn entries(&self, before: &Order, by: Actor) -> Vec<Entry> {
        let Order {
            user_id,
            status,
            payment_status,
            payment_attempt,
            progress,
            refunds,
            returns,
            disputes,
            updated_at,
            // A milestone.
            paid_at: _,
            // The shop repeats itself.
            tells_again: _,
            // Erased with the customer.
            shipping_address: _,
            billing_address: _,
            note: _,
            // What was agreed on does not change.
            order_id: _,
            number: _,
            payment_id: _,
            lines: _,
            total: _,
            tax: _,
            discounts: _,
            shipping: _,
            tax_lines: _,
            tax_added: _,
            terms_version: _,
            redemptions: _,
            placed_at: _,
            held_until: _,
        } = &self.order;
        let mut told = Vec::new();
        if *user_id != before.user_id {
            told.push((What::Reowned, Details { user_id: Some(before.user_id), ..Details::default() }));
        }
        let money = (*payment_status, *payment_attempt);
        if money != (before.payment_status, before.payment_attempt) {
            told.extend(told_of_payment(*status, *payment_status).map(|what| (what, Details::default())));
        }
        if *status != before.status {
            told.extend(self.told_of_status(*status));
        }
        told.extend(self.told_of_parcels(&before.progress, progress));
        told.extend(returns.iter().filter_map(|returned| told_of_return(before, returned)));
        told.extend(refunds.iter().filter_map(|refund| told_of_refund(before, refund)));
        told.extend(disputes.iter().filter_map(|dispute| told_of_dispute(before, dispute)));
        told.into_iter().map(|(what, data)| Entry::new(*updated_at, by, what, data)).collect()
    }

    fn told_of_status(&self, after: OrderStatus) -> Option<(What, Details)> {
        let what = match after {
            OrderStatus::Cancelled if matches!(self.event, Some(OrderEvent::OutOfStock(_))) => {
                What::OutOfStock
            }
            OrderStatus::Cancelled => What::Cancelled,
            OrderStatus::Expired => What::Expired,
            // A milestone, a declined payment, or another attempt.
            OrderStatus::Confirmed
            | OrderStatus::PaymentFailed
            | OrderStatus::AwaitingPayment
            | OrderStatus::Unknown => return None,
        };
        Some((what, Details { reason: self.details.reason.clone(), ..Details::default() }))
    }

    fn told_of_parcels(
        &self,
        before: &[LineProgress],
        after: &[LineProgress],
    ) -> impl Iterator<Item = (What, Details)> {
        let told = |what, lines| (what, Details { lines, ..self.details.clone() });
        let shipped = told(What::Shipped, more(before, after, |line| line.shipped));
        let delivered = told(What::Delivered, more(before, after, |line| line.delivered));
        let cancelled = told(What::LinesCancelled, more(before, after, |line| line.cancelled));
        [shipped, delivered, cancelled].into_iter().filter(|(_, data)| !data.lines.is_empty())
    }
}

/// Returns what is told of how the money stands. What was paid back, the refunds tell.
fn told_of_payment(order: OrderStatus, payment: PaymentStatus) -> Option<What> {
    let is_open = matches!(order, OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed);
    match payment {
        PaymentStatus::Failed if is_open => Some(What::PaymentFailed),
        PaymentStatus::Captured if order != OrderStatus::Confirmed => Some(What::PaidTooLate),
        PaymentStatus::Pending
        | PaymentStatus::ActionRequired
        | PaymentStatus::Failed
        | PaymentStatus::Captured
        | PaymentStatus::Refunded
        | PaymentStatus::RefundFailed
        | PaymentStatus::Unknown => None,
    }
}

fn told_of_return(before: &Order, after: &super::OrderReturn) -> Option<(What, Details)> {
    let known = before.returns.iter().find(|known| known.return_id == after.return_id);
    let what = match after.status {
        _ if known.is_none() => What::ReturnRequested,
        status if known.is_some_and(|known| known.status == status) => return None,
        ReturnState::Accepted => What::ReturnAccepted,
        ReturnState::Refused => What::ReturnRefused,
        ReturnState::Received => What::ReturnReceived,
        ReturnState::Requested | ReturnState::OrderCancelled | ReturnState::Unknown => return None,
    };
    let reason = after.reason.clone().filter(|_| what != What::ReturnRequested);
    let (lines, return_id) = (after.lines.clone(), Some(after.return_id));
    Some((what, Details { lines, reason, return_id, ..Details::default() }))
}

fn told_of_refund(before: &Order, after: &super::OrderRefund) -> Option<(What, Details)> {
    let known = before.refunds.iter().find(|known| known.refund_id == after.refund_id);
    if known.is_some_and(|known| known.status == after.status) {
        return None;
    }
    let what = match after.status {
        RefundStatus::Requested => What::RefundRequested,
        RefundStatus::Succeeded => What::RefundSucceeded,
        RefundStatus::Failed => What::RefundFailed,
        RefundStatus::Unknown => return None,
    };
    let reason = after.reason.clone().filter(|_| known.is_none());
    let (amount, refund_id) = (Some(after.amount), Some(after.refund_id));
    Some((what, Details { amount, reason, refund_id, ..Details::default() }))
}

fn told_of_dispute(before: &Order, after: &super::OrderDispute) -> Option<(What, Details)> {
    let known = before.disputes.iter().find(|known| known.dispute_id == after.dispute_id);
    if known.is_some_and(|known| known.status == after.status) {
        return None;
    }
    let what = match after.status {
        DisputeStatus::Open => What::Disputed,
        DisputeStatus::Won => What::DisputeWon,
        DisputeStatus::Lost => What::DisputeLost,
        DisputeStatus::Unknown => return None,
    };
    Some((what, Details { amount: Some(after.amount), ..Details::default() }))
}

/// Returns the pieces that are counted after a change and were not before.
fn more(before: &[LineProgress], after: &[LineProgress], count: fn(&LineProgress) -> u32) -> Vec<Line> {
    let lines = after.iter().filter_map(|line| {
        let known = before.iter().find(|known| known.sku == line.sku).map_or(0, count);
        let quantity = Quantity::try_new(count(line).saturating_sub(known)).ok()?;
        Some(Line { sku: line.sku.clone(), quantity })
    });
    lines.collect()
}

//! Orders whose money is authorised when they are placed, and captured parcel by parcel: docs/decisions/0095-captured-when-it-is-shipped.md.
//!
//! What a parcel's invoice says is captured in the same write that issues it. Pieces that are cancelled before are not paid for: nothing
//! is refunded of them, and less is captured. Once all that the customer pays is captured, the order is like any other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fulfillment::Dispatch;
use super::pieces::Cost;
use super::refunds::RefundedLine;
use super::{Change, Order, OrderStatus, PaymentNews, PaymentStatus};
use crate::events::{CaptureFailed, CaptureRequested, EndCause, OrderEvent, PartCaptured};
use crate::words::goods::Sku;
use crate::words::id::{CancellationId, CaptureId, OrderId};
use crate::words::line::{Line, PricedLine};
use crate::words::money::Money;

/// How far the money of an order is captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Capturing {
    /// What was to be captured so far: what the invoices of its parcels say.
    pub requested: Money,
    /// What was captured.
    pub captured: Money,
    /// Whether nothing more is captured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_complete: bool,
    /// Whether money could not be captured, and will not be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_failed: bool,
    /// Pieces that were cancelled before their money was captured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<RefundedLine>,
}

impl Capturing {
    /// Returns the state of an order whose money was just authorised, with nothing in its currency.
    pub(super) fn new(nothing: Money) -> Self {
        let (requested, captured) = (nothing, nothing);
        Self { requested, captured, is_complete: false, has_failed: false, released: Vec::new() }
    }
}

/// What a capture's event tells an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureNews {
    /// The order.
    pub order_id: OrderId,
    /// What was captured by then.
    pub captured: Money,
    /// Whether nothing more is captured.
    pub is_last: bool,
    /// Whether money could not be captured.
    pub has_failed: bool,
}

impl From<&PartCaptured> for CaptureNews {
    fn from(captured: &PartCaptured) -> Self {
        let PartCaptured { order_id, captured, is_last, .. } = *captured;
        Self { order_id, captured, is_last, has_failed: false }
    }
}

impl From<&CaptureFailed> for CaptureNews {
    fn from(failed: &CaptureFailed) -> Self {
        let CaptureFailed { order_id, captured, .. } = *failed;
        Self { order_id, captured, is_last: true, has_failed: true }
    }
}

impl Order {
    /// Records what became of a capture. Returns `None` for what is known, so events may arrive in any order.
    #[must_use]
    pub fn apply_capture(&self, news: &CaptureNews, now: Timestamp) -> Option<Change> {
        let before = self.capturing.as_ref()?;
        let is_more = news.captured.amount() > before.captured.amount();
        let after = Capturing {
            captured: if is_more { news.captured } else { before.captured },
            is_complete: before.is_complete || news.is_last,
            has_failed: before.has_failed || news.has_failed,
            ..before.clone()
        };
        if after == *before {
            return None;
        }
        let is_paid = after.is_complete && !after.has_failed && !after.captured.is_zero();
        let mut order = Self { capturing: Some(after), updated_at: now, ..self.clone() };
        if is_paid && self.payment_status == PaymentStatus::Authorized {
            order.paid_at = Some(now);
            order.payment_status =
                if order.is_refunded_whole() { PaymentStatus::Refunded } else { PaymentStatus::Captured };
        }
        Some(order.into())
    }

    /// Decides what becomes of the rest of the money before its authorisation ends: it is captured if a part of the order was shipped, and
    /// otherwise the order is cancelled. Of an order that has ended, it is released.
    #[must_use]
    pub fn end_authorization(&self, now: Timestamp) -> Option<Change> {
        let capturing = self.capturing.as_ref().filter(|capturing| !capturing.is_complete)?;
        match self.status {
            OrderStatus::Confirmed if self.has_shipped() => {
                let amount = self.owed().minus(capturing.requested).ok()?;
                let capturing = Capturing { requested: self.owed(), ..capturing.clone() };
                let order = Self { capturing: Some(capturing), updated_at: now, ..self.clone() };
                let event = order.capture_requested(CaptureId::of_the_rest(self.order_id), amount, true);
                Some(Change { event, ..order.into() })
            }
            OrderStatus::Confirmed => {
                let mut change = self.cancel_even_if_paid(now).ok().flatten()?;
                if let Some(OrderEvent::CancelledAfterPayment(cancelled)) = &mut change.event {
                    cancelled.order.cause = Some(EndCause::AuthorizationEnded);
                }
                Some(change)
            }
            OrderStatus::Cancelled | OrderStatus::Expired => {
                let event = Some(OrderEvent::RefundRequested(self.summary()));
                Some(Change { event, ..Self { updated_at: now, ..self.clone() }.into() })
            }
            OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed | OrderStatus::Unknown => None,
        }
    }

    /// Returns what was captured.
    #[must_use]
    pub fn captured(&self) -> Money {
        self.capturing.as_ref().map_or(self.total, |capturing| capturing.captured)
    }

    /// Returns what the customer pays: the total, less pieces that were cancelled before their money was captured.
    #[must_use]
    pub fn owed(&self) -> Money {
        let released = Money::sum(self.released().map(|line| line.amount)).ok().flatten();
        released.and_then(|released| self.total.minus(released).ok()).unwrap_or(self.total)
    }

    /// Returns what was authorised for pieces that were cancelled, and is not captured; `None` if that is nothing.
    #[must_use]
    pub fn not_captured(&self) -> Option<Money> {
        self.total.minus(self.owed()).ok().filter(|amount| !amount.is_zero())
    }

    /// Returns whether all that the customer pays is captured, or is to be.
    #[must_use]
    pub fn is_charged_whole(&self) -> bool {
        self.capturing
            .as_ref()
            .is_none_or(|capturing| capturing.is_complete || capturing.requested == self.owed())
    }

    /// Returns whether all that the customer pays is captured, so that the order is like any other.
    pub(super) fn is_captured_whole(&self) -> bool {
        self.capturing.as_ref().is_none_or(|capturing| capturing.is_complete && !capturing.has_failed)
    }

    /// Returns whether money could not be captured, and will not be. Nobody knows then which of its parcels the customer has paid.
    pub(super) fn has_failed_capture(&self) -> bool {
        self.capturing.as_ref().is_some_and(|capturing| capturing.has_failed)
    }

    /// Returns how far the money is captured after an event.
    pub(super) fn capturing_after(&self, news: PaymentNews) -> Option<Capturing> {
        match (news, &self.capturing) {
            (PaymentNews::Authorized, None) => Some(Capturing::new(self.total.nothing_of())),
            // Somebody has captured it by hand.
            (PaymentNews::Captured, Some(known)) => {
                Some(Capturing { captured: self.total, is_complete: true, ..known.clone() })
            }
            (_, known) => known.clone(),
        }
    }

    /// Returns whether it is not known yet how much was captured.
    pub(super) fn is_capture_pending(&self) -> bool {
        self.capturing.as_ref().is_some_and(|capturing| {
            !capturing.is_complete && capturing.requested.amount() > capturing.captured.amount()
        })
    }

    /// Returns how many pieces of a line are paid for, or are not to be.
    pub(super) fn charged_pieces(&self, line: &PricedLine) -> u32 {
        if self.is_charged_whole() {
            return line.quantity.into_inner();
        }
        let shipped = self.progress.iter().find(|gone| gone.sku == line.sku).map_or(0, |gone| gone.shipped);
        let released = self.released().filter(|released| released.sku == line.sku);
        shipped + released.map(|released| released.quantity.into_inner()).sum::<u32>()
    }

    /// Returns the pieces that were cancelled before their money was captured.
    pub(super) fn released(&self) -> impl Iterator<Item = &RefundedLine> {
        self.capturing.iter().flat_map(|capturing| &capturing.released)
    }

    /// Returns what is not paid of a line, or of shipping, because its pieces were cancelled before.
    pub(crate) fn released_of(&self, sku: Option<&Sku>) -> Money {
        let of_line = self.released().filter(|line| Some(&line.sku) == sku).map(|line| line.amount);
        Money::sum(of_line).ok().flatten().unwrap_or(self.total.nothing_of())
    }

    /// Returns how far the money is captured once these pieces are cancelled, which are not shipped. They cost what the next pieces of their
    /// lines would have been invoiced with.
    pub(super) fn releasing(&self, lines: &[Line]) -> Option<Capturing> {
        let mut capturing = self.capturing.clone()?;
        for Line { sku, quantity } in lines {
            let line = self.lines.iter().find(|line| line.sku == *sku)?;
            let Cost { amount, tax, .. } = self.next_pieces(line, *quantity).ok()?;
            capturing.released.push(RefundedLine { sku: sku.clone(), quantity: *quantity, amount, tax });
        }
        Some(capturing)
    }

    /// Returns the event that releases the rest of the money once nothing is left to ship.
    pub(super) fn release_of_the_rest(&self, cancellation: CancellationId) -> Option<OrderEvent> {
        let is_over = self.has_shipped() && !self.has_left_to_ship() && !self.has_failed_capture();
        let id = CaptureId::of_cancellation(cancellation);
        is_over.then(|| self.capture_requested(id, self.total.nothing_of(), true)).flatten()
    }

    fn capture_requested(&self, capture_id: CaptureId, amount: Money, is_last: bool) -> Option<OrderEvent> {
        Some(OrderEvent::CaptureRequested(CaptureRequested {
            order_id: self.order_id,
            payment_id: self.payment_id,
            capture_id,
            amount,
            together: self.capturing.as_ref()?.requested,
            most: self.owed(),
            is_last,
        }))
    }
}

impl Dispatch {
    /// Has captured what the parcel's invoice says, if the order's money is captured parcel by parcel, and not captured yet.
    #[must_use]
    pub fn invoiced(self, amount: Money) -> Self {
        let Some(change) = &self.change else { return self };
        let charged = change.order.charged(CaptureId::of_shipment(self.shipment.shipment_id), amount);
        let Some((order, event)) = charged else { return self };
        let change = Some(Change { order, ..change.clone() });
        Self { change, also: Some(event), ..self }
    }
}

impl Order {
    /// Returns the order that has shipped a parcel with its money requested, and the event that requests it.
    fn charged(&self, id: CaptureId, amount: Money) -> Option<(Self, OrderEvent)> {
        let capturing = self.capturing.as_ref().filter(|capturing| !capturing.is_complete)?;
        // The rest was requested before its authorisation ended, or this parcel is free: then it only says that it is the last.
        let amount = if self.is_charged_whole() { self.total.nothing_of() } else { amount };
        let requested = capturing.requested.plus(amount).ok()?;
        let is_last = !self.has_left_to_ship();
        if amount.is_zero() && !is_last {
            return None;
        }
        let capturing = Capturing { requested, ..capturing.clone() };
        let order = Self { capturing: Some(capturing), ..self.clone() };
        let event = order.capture_requested(id, amount, is_last)?;
        Some((order, event))
    }
}

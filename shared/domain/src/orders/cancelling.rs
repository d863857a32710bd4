//! The staff cancel pieces of a paid order that are not shipped: docs/decisions/0091-cancelled-pieces-are-counted-in-the-order.md.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::refunds::{MAX_GRANTED, OrderRefund, RefundStatus, RefundedLine};
use super::{Change, Order, OrderStatus};
use crate::events::{LinesCancelled, OrderEvent};
use crate::refusals;
use crate::words::goods::{Quantity, Sku};
use crate::words::id::{CancellationId, RefundId};
use crate::words::line::{Line, Lines};
use crate::words::money::Money;
use crate::words::setting::Note;

/// Which pieces are not delivered, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelLines {
    /// Pieces that are not shipped.
    pub lines: Lines,
    /// Why, for the staff and the customer.
    pub reason: Note,
}

/// Pieces of an order that are not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "LineCancellation"))]
pub struct Cancellation {
    /// Its id.
    pub cancellation_id: CancellationId,
    /// What is not delivered.
    pub lines: Vec<Line>,
    /// Why.
    pub reason: Note,
    /// Its refund, if money was left to refund. If the order is cancelled, all of its money goes back instead; and what was only
    /// authorised is not captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<OrderRefund>,
    /// Whether nothing of the order was shipped and nothing is left, so that the order is cancelled.
    pub order_cancelled: bool,
}

/// The result of the decision: what is cancelled, the order's change, and the event beside the change's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelling {
    /// What is cancelled.
    pub cancellation: Cancellation,
    /// The order's change.
    pub change: Change,
    /// Another event.
    pub also: Option<OrderEvent>,
}

refusals! {
    /// Why pieces of an order were not cancelled.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum CancellationRefusal {
        /// The order is not paid, or it has ended.
        #[error("only pieces of a paid order that has not ended are cancelled")]
        NotConfirmed => Conflict, "order_not_confirmed", "Read the order to see how far it is. One that is not paid is cancelled as a whole.";
        /// The customer claims money back through their bank.
        #[error("the payment is disputed, and nothing can be refunded until the bank has decided")]
        Disputed => Conflict, "payment_disputed", "Wait for the end of the dispute.";
        /// More pieces than are left to ship, or a SKU that was not ordered.
        #[error("of {sku}, {left} are not shipped")]
        QuantityExceedsUnshipped {
            /// The SKU.
            sku: Sku,
            /// How many pieces of it are left to ship.
            left: u32,
        } => Invalid, "quantity_exceeds_unshipped", "Cancel at most what is left to ship. What was shipped can be returned.";
        /// The money of a parcel is being captured.
        #[error("money of the order is being captured, and it is not known yet how much")]
        CapturePending => Conflict, "capture_pending", "Try again in a moment. If that does not help, look into the order's timeline.";
        /// The order has as many refunds as it can have.
        #[error("the order has as many refunds as it can have")]
        TooManyRefunds => Conflict, "too_many_refunds", "Refund the customer outside of the shop.";
    }
}

impl Order {
    /// Cancels pieces that are not shipped. Their price is refunded, unless it was before, or not captured. If nothing was shipped and
    /// nothing is left, the order is cancelled.
    ///
    /// # Errors
    /// If the order is not paid or has ended, its payment is disputed, its money is being captured, or more is cancelled than is left to
    /// ship.
    pub fn cancel_lines(
        &self,
        cancellation_id: CancellationId,
        request: &CancelLines,
        now: Timestamp,
    ) -> Result<Cancelling, CancellationRefusal> {
        if self.status != OrderStatus::Confirmed {
            return Err(CancellationRefusal::NotConfirmed);
        }
        if self.is_disputed() {
            return Err(CancellationRefusal::Disputed);
        }
        let mut order = Self { updated_at: now, ..self.clone() };
        for Line { sku, quantity } in request.lines.as_slice() {
            let left = self.left_to_ship(sku);
            if quantity.into_inner() > left {
                return Err(CancellationRefusal::QuantityExceedsUnshipped { sku: sku.clone(), left });
            }
            order.progress_of(sku).cancelled += quantity.into_inner();
        }
        let (lines, reason) = (request.lines.as_slice().to_vec(), request.reason.clone());
        let cancellation =
            Cancellation { cancellation_id, lines, reason, refund: None, order_cancelled: false };
        if !self.has_shipped() && !order.has_left_to_ship() {
            let ended = self.cancel_even_if_paid(now).ok().flatten();
            let change =
                ended.ok_or(CancellationRefusal::NotConfirmed)?.because(Some(request.reason.clone()));
            let cancellation = Cancellation { order_cancelled: true, ..cancellation };
            return Ok(Cancelling { cancellation, change, also: None });
        }
        if self.is_capture_pending() {
            return Err(CancellationRefusal::CapturePending);
        }
        let (refund, also) = if self.is_captured_whole() {
            let refund = self.refund_of_cancelled(&cancellation, now)?;
            let also = refund.as_ref().map(|refund| self.refund_granted(refund, "cancelled"));
            (refund, also)
        } else {
            order.capturing = self.releasing(&cancellation.lines);
            (None, order.release_of_the_rest(cancellation_id))
        };
        let event = OrderEvent::LinesCancelled(LinesCancelled {
            order_id: self.order_id,
            user_id: self.user_id,
            number: self.number.as_ref().map(ToString::to_string),
            cancellation_id,
            lines: self.titled(&cancellation.lines),
            refund: refund.as_ref().map(|refund| refund.amount),
            not_captured: self.owed().minus(order.owed()).ok().filter(|amount| !amount.is_zero()),
        });
        order.refunds.extend(refund.clone());
        if !order.has_left_to_ship() {
            order.rest_cancelled_at = Some(now);
        }
        let change = Change { event: Some(event), ..order.into() }.because(Some(request.reason.clone()));
        Ok(Cancelling { cancellation: Cancellation { refund, ..cancellation }, change, also })
    }

    /// Returns how many pieces of a line would be cancelled and not refunded. Refunds count as those of shipped pieces first.
    fn not_refunded_of_cancelled(&self, line: &Line) -> u32 {
        let ordered = self.lines.iter().find(|ordered| ordered.sku == line.sku);
        let ordered = ordered.map_or(0, |ordered| ordered.quantity.into_inner());
        let refunded = ordered.saturating_sub(self.left_to_refund(&line.sku));
        let gone = self.progress.iter().find(|gone| gone.sku == line.sku);
        let (shipped, cancelled) = gone.map_or((0, 0), |gone| (gone.shipped, gone.cancelled));
        (cancelled + line.quantity.into_inner()).saturating_sub(refunded.saturating_sub(shipped))
    }

    /// Returns the refund of cancelled pieces; none if no money is left to refund, or they were refunded before.
    fn refund_of_cancelled(
        &self,
        cancelled: &Cancellation,
        now: Timestamp,
    ) -> Result<Option<OrderRefund>, CancellationRefusal> {
        let pieces = cancelled.lines.iter().filter_map(|line| {
            let left = line.quantity.into_inner().min(self.left_to_refund(&line.sku));
            let unpaid = left.min(self.not_refunded_of_cancelled(line));
            Some(Line { sku: line.sku.clone(), quantity: Quantity::try_new(unpaid).ok()? })
        });
        let lines: Vec<RefundedLine> = pieces.filter_map(|line| self.pieces(&line).ok()).collect();
        let nothing = self.total.nothing_of();
        let price = lines.iter().map(|line| line.amount).try_fold(nothing, Money::plus).unwrap_or(nothing);
        let left = self.refundable().unwrap_or(nothing);
        let amount = if price.amount() > left.amount() { left } else { price };
        if amount.is_zero() {
            return Ok(None);
        }
        if self.refunds.len() >= MAX_GRANTED {
            return Err(CancellationRefusal::TooManyRefunds);
        }
        Ok(Some(OrderRefund {
            refund_id: RefundId::derived_from(&[&cancelled.cancellation_id.to_string()]),
            amount,
            lines,
            shipping: None,
            reason: Some(cancelled.reason.clone()),
            status: RefundStatus::Requested,
            requested_at: now,
            settled_at: None,
        }))
    }
}

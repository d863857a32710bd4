//! What the timeline tells of a change: the order before it and after it, field by field.

use super::{Actor, Details, Entry, What};
use crate::events::OrderEvent;
use crate::orders::disputed::DisputeStatus;
use crate::orders::fulfillment::LineProgress;
use crate::orders::refunds::{OrderRefund, RefundStatus};
use crate::orders::returns::{OrderReturn, ReturnState};
use crate::orders::{Change, Order, OrderDispute, OrderStatus, PaymentStatus};
use crate::words::goods::Quantity;
use crate::words::line::Line;
use crate::words::setting::Note;

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
            stock_lost_at,
            updated_at,
            // A milestone.
            paid_at: _,
            // The pieces tell of it.
            rest_cancelled_at: _,
            // The shop repeats itself.
            tells_again: _,
            mailed_at: _,
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
        if stock_lost_at.is_some() && before.stock_lost_at.is_none() {
            told.push((What::StockLost, Details::default()));
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

fn told_of_return(before: &Order, after: &OrderReturn) -> Option<(What, Details)> {
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

fn told_of_refund(before: &Order, after: &OrderRefund) -> Option<(What, Details)> {
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

fn told_of_dispute(before: &Order, after: &OrderDispute) -> Option<(What, Details)> {
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

//! Refunds of a paid order: what the staff grant, piece by piece, of shipping, or an amount; and what became of them.
//!
//! The payment service pays them back. The order keeps what was claimed of its money, so that its version guards the sum:
//! docs/decisions/0086-refunds-are-counted-in-the-order.md.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Change, Order, OrderStatus, PaymentNews, PaymentStatus};
use crate::events::{OrderEvent, Reduction, RefundGranted};
use crate::refusals;
use crate::words::attempt::first;
use crate::words::goods::{Quantity, Sku};
use crate::words::id::RefundId;
use crate::words::line::{Line, Lines};
use crate::words::money::{Money, MoneyError};
use crate::words::setting::Note;

/// Maximum number of refunds that are granted of an order. The payment keeps room for one more: the rest, if the order ends.
pub const MAX_GRANTED: usize = 19;

/// What became of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderRefundStatus"))]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// The payment service is to pay it back.
    Requested,
    /// The money is on its way to the customer.
    Succeeded,
    /// It was not paid back. Its money can be refunded otherwise, and of an order that has ended it goes back with the rest.
    Failed,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// What the payment service says of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The money is on its way.
    Succeeded,
    /// It could not be delivered.
    Failed,
    /// It was not made, and is not owed: the order has ended and the money goes back with the rest, or the customer has got it through
    /// a dispute.
    Needless,
}

impl RefundOutcome {
    /// Returns what a failure means.
    pub(super) fn of_failure(is_owed: bool) -> Self {
        if is_owed { Self::Failed } else { Self::Needless }
    }
}

/// A refund of a part of an order's money, or of all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderRefund {
    /// Its id.
    pub refund_id: RefundId,
    /// The amount.
    pub amount: Money,
    /// The pieces that it is for, if it is for pieces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<RefundedLine>,
    /// What it contains of the price of shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Money>,
    /// Why it was granted, or what was deducted for; none for the money of an order that has ended, and of a return without a
    /// deduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// What became of it.
    pub status: RefundStatus,
    /// When it was granted, or first heard of.
    pub requested_at: Timestamp,
    /// When it succeeded or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
}

/// Refunded pieces of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundedLine {
    /// The SKU.
    pub sku: Sku,
    /// The number of pieces.
    pub quantity: Quantity,
    /// What they cost, with the tax.
    pub amount: Money,
    /// The tax that the amount contains, if the line's rate is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
}

/// What is to be refunded: pieces and shipping, or an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundRequest {
    /// Pieces, each at what it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
    /// Whether shipping is refunded.
    #[serde(default)]
    pub shipping: bool,
    /// An amount, instead of pieces and shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why, for the staff and the customer.
    pub reason: Note,
    /// Whether it is only computed, and not granted.
    #[serde(default)]
    pub preview: bool,
}

refusals! {
    /// Why a refund was not granted.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum RefundRefusal {
        /// The customer claims money back through their bank.
        #[error("the payment is disputed, and nothing can be refunded until the bank has decided")]
        Disputed => Conflict, "payment_disputed", "Wait for the end of the dispute.";
        /// Neither pieces nor shipping nor an amount, or both; or an amount of nothing.
        #[error("say what is refunded: either lines and shipping, or an amount")]
        Unclear => Invalid, "refund_unclear", "Send `lines`, `shipping` or both; or `amount`.";
        /// The order is not paid, its money goes back already, or all of it was refunded.
        #[error("the order has no money left to refund")]
        Nothing => Conflict, "nothing_to_refund", "Read the order's `payment_status` and `refunds`.";
        /// More than is left.
        #[error("at most {left} minor units can be refunded", left = .left.amount())]
        TooLarge {
            /// What is left.
            left: Money,
        } => Invalid, "refund_too_large", "Refund at most the order's total less its other refunds that have not failed.";
        /// More pieces than were ordered and are not refunded, or a SKU that was not ordered.
        #[error("of {sku}, {left} can be refunded")]
        QuantityExceeds {
            /// The SKU.
            sku: Sku,
            /// How many pieces of it are left to refund.
            left: u32,
        } => Invalid, "quantity_exceeds_refundable", "Refund at most the line's quantity less the pieces in other refunds that have not failed.";
        /// The order was shipped for nothing, or shipping was refunded.
        #[error("no price of shipping is left to refund")]
        NoShipping => Conflict, "no_shipping_to_refund", "Leave `shipping` out.";
        /// An amount in another currency than the order's.
        #[error("the amount is in another currency than the order")]
        OtherCurrency => Invalid, "other_currency", "Send the amount in the currency of the order's `total`.";
        /// With this one, the order's refunds exceed what staff may grant without an admin.
        #[error("the order's refunds would exceed what staff may grant")]
        Limit => Forbidden, "refund_limit", "Ask an admin. The limit is in the setting `policy`.";
        /// As many refunds as an order can have.
        #[error("an order has at most {MAX_GRANTED} refunds")]
        TooMany => Conflict, "too_many_refunds", "Refund the customer outside of the shop.";
    }
}

impl From<MoneyError> for RefundRefusal {
    /// Sums of parts of an order stay within its total, so only what somebody typed can be wrong.
    fn from(_: MoneyError) -> Self {
        Self::OtherCurrency
    }
}

impl Order {
    /// Grants a refund, of at most `limit` minor units together with the order's others. One that is known is returned without
    /// a change.
    ///
    /// # Errors
    /// If it is unclear what is refunded, if more is asked for than is left, or if the limit is exceeded.
    pub fn grant_refund(
        &self,
        refund_id: RefundId,
        request: &RefundRequest,
        limit: Option<u32>,
        now: Timestamp,
    ) -> Result<(Option<Change>, OrderRefund), RefundRefusal> {
        if let Some(known) = self.refunds.iter().find(|known| known.refund_id == refund_id) {
            return Ok((None, known.clone()));
        }
        if self.is_disputed() {
            return Err(RefundRefusal::Disputed);
        }
        let left = self.refundable()?;
        let refund = self.requested(refund_id, request, now)?;
        if refund.amount.is_zero() {
            return Err(RefundRefusal::Unclear);
        }
        if left.minus(refund.amount).is_err() {
            return Err(RefundRefusal::TooLarge { left });
        }
        let together = self.claimed()?.plus(refund.amount)?;
        if limit.is_some_and(|limit| together.amount() > i64::from(limit)) {
            return Err(RefundRefusal::Limit);
        }
        if self.refunds.len() >= MAX_GRANTED {
            return Err(RefundRefusal::TooMany);
        }
        let mut order = Self { updated_at: now, ..self.clone() };
        order.refunds.push(refund.clone());
        let event = self.refund_granted(&refund, "granted");
        Ok((Some(Change { event: Some(event), ..order.into() }), refund))
    }

    /// Returns the event that has the payment service pay a refund back.
    pub(super) fn refund_granted(&self, refund: &OrderRefund, reason: &str) -> OrderEvent {
        OrderEvent::RefundGranted(RefundGranted {
            order_id: self.order_id,
            payment_id: self.payment_id,
            refund_id: refund.refund_id,
            amount: refund.amount,
            reason: reason.to_owned(),
        })
    }

    /// Records what became of a refund. Returns `None` for what is known, so events may arrive in any order and any number of
    /// times. The order is refunded once all of its money is.
    #[must_use]
    pub fn refund_settled(
        &self,
        refund_id: RefundId,
        amount: Money,
        outcome: RefundOutcome,
        now: Timestamp,
    ) -> Option<Change> {
        let status = match outcome {
            RefundOutcome::Succeeded => RefundStatus::Succeeded,
            RefundOutcome::Failed | RefundOutcome::Needless => RefundStatus::Failed,
        };
        let mut order = self.clone();
        let known = order.refunds.iter_mut().find(|known| known.refund_id == refund_id);
        match known {
            // A bank may give back what it was sent, even days later. The customer is owed the money again.
            Some(known) if known.status == RefundStatus::Succeeded && status == RefundStatus::Failed => {
                (known.status, known.settled_at) = (status, Some(now));
                order.payment_status = match self.payment_status {
                    PaymentStatus::Refunded => PaymentStatus::Captured,
                    other => other,
                };
            }
            Some(known) if known.status != RefundStatus::Requested => return None,
            Some(known) => (known.status, known.settled_at) = (status, Some(now)),
            // An earlier version has recorded it, without its amount.
            None if self.payment_status == PaymentStatus::Refunded => return None,
            // The rest of an ended order's money, which nobody has granted.
            None => order.refunds.push(OrderRefund {
                refund_id,
                amount,
                lines: Vec::new(),
                shipping: None,
                reason: None,
                status,
                requested_at: now,
                settled_at: Some(now),
            }),
        }
        order.updated_at = now;
        let has_ended = self.status != OrderStatus::Confirmed;
        let news = match outcome {
            RefundOutcome::Succeeded if order.is_refunded_whole() => PaymentNews::Refunded,
            // Nobody grants another refund of an order that has ended.
            RefundOutcome::Failed if has_ended => PaymentNews::RefundFailed,
            _ => return Some(order.into()),
        };
        // A refund is of the money, whichever attempt captured it.
        order.apply_payment(news, first(), now).or_else(|| Some(order.into()))
    }

    /// Returns what was taken off the order since it was placed; `None` if nothing was.
    pub(super) fn reduction(&self) -> Option<Reduction> {
        let cancelled: Vec<_> = self.lines.iter().filter_map(|line| self.cancelled_of(line)).collect();
        let refunds = self.claimed().ok().filter(|refunds| !refunds.is_zero());
        let is_reduced = !cancelled.is_empty() || refunds.is_some();
        is_reduced.then_some(Reduction { cancelled, refunds, not_captured: self.not_captured() })
    }

    /// Returns what was paid back.
    ///
    /// # Errors
    /// Never in practice: refunds have the order's currency, and sum to its total at most.
    pub fn refunded(&self) -> Result<Money, MoneyError> {
        self.sum_of(|status| status == RefundStatus::Succeeded)
    }

    /// Returns what is left to be refunded.
    pub(super) fn refundable(&self) -> Result<Money, RefundRefusal> {
        let has_money = matches!(self.payment_status, PaymentStatus::Captured | PaymentStatus::Authorized);
        let is_paid = self.status == OrderStatus::Confirmed && has_money;
        let gone = self.claimed()?.plus(self.lost())?;
        let left = self.captured().minus(gone).unwrap_or(self.total.nothing_of());
        if is_paid && !left.is_zero() { Ok(left) } else { Err(RefundRefusal::Nothing) }
    }

    /// Returns what was granted and has not failed.
    fn claimed(&self) -> Result<Money, MoneyError> {
        self.sum_of(|status| status != RefundStatus::Failed)
    }

    /// Returns whether all that was captured is paid back, and no more is captured.
    pub(super) fn is_refunded_whole(&self) -> bool {
        let is_whole = self.capturing.as_ref().is_none_or(|capturing| capturing.is_complete);
        is_whole && self.refunded().is_ok_and(|back| back == self.captured())
    }

    fn sum_of(&self, counts: impl Fn(RefundStatus) -> bool) -> Result<Money, MoneyError> {
        let amounts = self.refunds.iter().filter(|refund| counts(refund.status)).map(|refund| refund.amount);
        amounts.into_iter().try_fold(self.total.nothing_of(), Money::plus)
    }

    fn requested(
        &self,
        refund_id: RefundId,
        request: &RefundRequest,
        now: Timestamp,
    ) -> Result<OrderRefund, RefundRefusal> {
        let RefundRequest { lines, shipping, amount, reason, .. } = request;
        let is_of_parts = lines.is_some() || *shipping;
        if is_of_parts == amount.is_some() {
            return Err(RefundRefusal::Unclear);
        }
        let asked = lines.as_ref().map(Lines::as_slice).unwrap_or_default();
        let lines: Vec<RefundedLine> =
            asked.iter().map(|line| self.pieces(line)).collect::<Result<_, _>>()?;
        let shipping = shipping.then(|| self.shipping_left()).transpose()?;
        let parts = lines.iter().map(|line| line.amount).chain(shipping).chain(*amount);
        let amount = parts.into_iter().try_fold(self.total.nothing_of(), Money::plus)?;
        let (status, reason) = (RefundStatus::Requested, Some(reason.clone()));
        Ok(OrderRefund {
            refund_id,
            amount,
            lines,
            shipping,
            reason,
            status,
            requested_at: now,
            settled_at: None,
        })
    }

    /// Returns the next pieces of a line, at what they cost to the cent: whatever was refunded of the line before, all refunds
    /// of it together are its price.
    pub(super) fn pieces(&self, asked: &Line) -> Result<RefundedLine, RefundRefusal> {
        let (sku, quantity) = (asked.sku.clone(), asked.quantity);
        let before = || self.refunded_lines(&sku);
        let line = self.lines.iter().find(|line| line.sku == sku);
        let left = self.left_to_refund(&sku);
        let Some(line) = line.filter(|_| quantity.into_inner() <= left) else {
            return Err(RefundRefusal::QuantityExceeds { sku, left });
        };
        let done: u32 = before().map(|line| line.quantity.into_inner()).sum();
        let until = self.first_pieces(line, done + quantity.into_inner())?;
        let nothing = line.total.nothing_of();
        let amount = before().map(|line| line.amount).try_fold(nothing, Money::plus)?;
        let taxed = before().filter_map(|line| line.tax).try_fold(nothing, Money::plus)?;
        // A later version may have refunded more of it than the pieces cost.
        let less = |whole: Money, before: Money| whole.minus(before).unwrap_or(nothing);
        let tax = until.tax.map(|tax| less(tax, taxed));
        Ok(RefundedLine { sku, quantity, amount: less(until.amount, amount), tax })
    }

    /// Returns how many pieces of a SKU are paid, and not in a refund that has not failed.
    pub(super) fn left_to_refund(&self, sku: &Sku) -> u32 {
        let done: u32 = self.refunded_lines(sku).map(|line| line.quantity.into_inner()).sum();
        let line = self.lines.iter().find(|line| line.sku == *sku);
        let paid = line.map_or(0, |line| self.charged_pieces(line));
        paid.saturating_sub(done)
    }

    /// Returns pieces that were refunded, and those whose money was never captured.
    fn refunded_lines<'a>(&'a self, sku: &'a Sku) -> impl Iterator<Item = &'a RefundedLine> {
        let refunds = self.refunds.iter().filter(|refund| refund.status != RefundStatus::Failed);
        refunds.flat_map(|refund| &refund.lines).chain(self.released()).filter(move |line| line.sku == *sku)
    }

    pub(super) fn shipping_left(&self) -> Result<Money, RefundRefusal> {
        let is_refunded = self
            .refunds
            .iter()
            .any(|refund| refund.shipping.is_some() && refund.status != RefundStatus::Failed);
        let shipping = self.shipping.as_ref().filter(|_| !is_refunded).ok_or(RefundRefusal::NoShipping)?;
        let price = if self.tax_added { shipping.total.plus(shipping.tax)? } else { shipping.total };
        if price.is_zero() { Err(RefundRefusal::NoShipping) } else { Ok(price) }
    }
}

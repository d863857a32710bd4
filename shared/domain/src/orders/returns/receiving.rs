//! Goods come back: they are sold again or written off, and their price is paid back.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Deduction, OrderReturn, ReturnKind, ReturnRefusal, ReturnState, Returning};
use crate::events::{OrderEvent, ReturnReceived, ReturnedLine};
use crate::orders::refunds::{MAX_GRANTED, OrderRefund, RefundStatus, RefundedLine};
use crate::orders::{Change, Order};
use crate::quote::{Destination, Parcel, ShippingRates, ShippingZone};
use crate::words::goods::{Quantity, Sku};
use crate::words::id::{RefundId, ReturnId, UserId};
use crate::words::line::{Line, LinesError, MAX_LINES};
use crate::words::money::{Money, MoneyError};

/// What came back of each SKU, each once, and at least one piece of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ReturnedLine>", into = "Vec<ReturnedLine>")]
pub struct ReceivedLines(Vec<ReturnedLine>);

/// Why lines cannot be received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceivedLinesError {
    /// No lines, too many, or two with the same SKU.
    #[error(transparent)]
    Lines(#[from] LinesError),
    /// A line without pieces, or with more than an order's line can have.
    #[error("of {0}, 1 to 999 pieces come back")]
    Pieces(Sku),
}

impl TryFrom<Vec<ReturnedLine>> for ReceivedLines {
    type Error = ReceivedLinesError;

    fn try_from(lines: Vec<ReturnedLine>) -> Result<Self, ReceivedLinesError> {
        if !(1..=MAX_LINES).contains(&lines.len()) {
            return Err(LinesError::Count.into());
        }
        let mut skus = HashSet::new();
        if let Some(twice) = lines.iter().find(|line| !skus.insert(&line.sku)) {
            return Err(LinesError::DuplicateSku(twice.sku.clone()).into());
        }
        match lines.iter().find(|line| !(1..=999).contains(&line.pieces())) {
            Some(line) => Err(ReceivedLinesError::Pieces(line.sku.clone())),
            None => Ok(Self(lines)),
        }
    }
}

impl From<ReceivedLines> for Vec<ReturnedLine> {
    fn from(lines: ReceivedLines) -> Self {
        lines.0
    }
}

/// What came back, and what is deducted from its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What came back.
    pub lines: ReceivedLines,
    /// What is deducted, for goods that have lost in value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduction: Option<Deduction>,
}

impl Order {
    /// Returns the price of the cheapest way in which the order could have been shipped. A customer who withdraws and had chosen a
    /// dearer one gets back no more than that (Directive 2011/83/EU, Article 13(2)).
    #[must_use]
    pub fn standard_shipping(&self, zones: &[ShippingZone]) -> Option<Money> {
        let address = &self.shipping_address;
        let destination = Destination { country: address.country.clone(), region: address.region.clone() };
        let weight = self.lines.iter().map(|line| {
            let grams = line.goods.weight_g.map_or(0, |weight| u64::from(weight.into_inner()));
            grams * u64::from(line.quantity.into_inner())
        });
        let value = Money::sum(self.lines.iter().map(|line| line.total)).ok().flatten()?;
        let options = zones.options(&destination, Parcel { weight_g: weight.sum(), value });
        options.into_iter().map(|option| option.price).min_by_key(|price| price.amount())
    }

    /// Records that the goods of a return came back. Their price is refunded, less the deduction; and shipping, up to the price
    /// `standard`, if the customer has withdrawn from the whole contract. No more is refunded than is left of the order's money.
    ///
    /// # Errors
    /// If the return is not accepted, or was received before; if more came back than is in it; if the deduction exceeds the price;
    /// if the payment is disputed, or money is being captured.
    pub fn receive_return(
        &self,
        return_id: ReturnId,
        receipt: &Receipt,
        by: UserId,
        standard: Option<Money>,
        now: Timestamp,
    ) -> Result<Returning, ReturnRefusal> {
        let known = self.return_of(return_id)?;
        match known.status {
            ReturnState::Accepted => {}
            ReturnState::Received => return Err(ReturnRefusal::Received),
            ReturnState::Requested
            | ReturnState::Refused
            | ReturnState::OrderCancelled
            | ReturnState::Unknown => return Err(ReturnRefusal::NotAccepted),
        }
        if self.is_disputed() {
            return Err(ReturnRefusal::Disputed);
        }
        if self.is_capture_pending() {
            return Err(ReturnRefusal::CapturePending);
        }
        let lines = &receipt.lines.0;
        if let Some(line) = lines.iter().find(|line| line.pieces() > u64::from(known.pieces_of(&line.sku))) {
            let (sku, left) = (line.sku.clone(), known.pieces_of(&line.sku));
            return Err(ReturnRefusal::QuantityExceedsReturn { sku, left });
        }
        let mut returned = OrderReturn {
            status: ReturnState::Received,
            received: lines.clone(),
            received_at: Some(now),
            deduction: receipt.deduction.clone(),
            ..known.clone()
        };
        let refund = self.with_return(&returned, now).refund_of(&returned, standard, now)?;
        returned.refund_id = refund.as_ref().map(|refund| refund.refund_id);
        let mut order = self.with_return(&returned, now);
        order.refunds.extend(refund.clone());
        let event = OrderEvent::ReturnReceived(ReturnReceived {
            order_id: self.order_id,
            user_id: self.user_id,
            number: self.number.as_ref().map(ToString::to_string),
            return_id,
            lines: lines.clone(),
            refund: refund.as_ref().map(|refund| refund.amount),
            received_by: by,
        });
        let also = refund.map(|refund| self.refund_granted(&refund, "return"));
        Ok(Returning { returned, change: Some(Change { event: Some(event), ..order.into() }), also })
    }

    /// Returns the refund of a return that this order has received; none if no money is left to refund.
    fn refund_of(
        &self,
        returned: &OrderReturn,
        standard: Option<Money>,
        now: Timestamp,
    ) -> Result<Option<OrderRefund>, ReturnRefusal> {
        let nothing = self.total.nothing_of();
        // The staff decide: the money that was captured may be that of other parcels.
        if self.has_failed_capture() {
            return Ok(None);
        }
        // What was refunded before, for another reason, is not refunded again.
        let pieces = returned.received.iter().filter_map(|line| {
            let back = u32::try_from(line.pieces()).ok()?.min(self.left_to_refund(&line.sku));
            Some(Line { sku: line.sku.clone(), quantity: Quantity::try_new(back).ok()? })
        });
        let lines: Vec<RefundedLine> = pieces.filter_map(|line| self.pieces(&line).ok()).collect();
        let goods = sum(lines.iter().map(|line| line.amount), nothing).unwrap_or(nothing);
        let too_large = ReturnRefusal::DeductionTooLarge { most: goods };
        let deduction = returned.deduction.as_ref().map_or(nothing, |deduction| deduction.amount);
        let price = goods.minus(deduction).map_err(|_| too_large)?;
        let shipping = self.is_withdrawn_whole(&lines).then(|| self.shipping_back(standard)).flatten();
        let left = self.refundable().unwrap_or(nothing);
        let amount = price.plus(shipping.unwrap_or(nothing)).unwrap_or(price);
        let amount = if amount.amount() > left.amount() { left } else { amount };
        if amount.is_zero() {
            return Ok(None);
        }
        if self.refunds.len() >= MAX_GRANTED {
            return Err(ReturnRefusal::TooManyRefunds);
        }
        Ok(Some(OrderRefund {
            refund_id: RefundId::derived_from(&[&returned.return_id.to_string()]),
            amount,
            lines,
            shipping,
            reason: returned.deduction.as_ref().map(|deduction| deduction.reason.clone()),
            status: RefundStatus::Requested,
            requested_at: now,
            settled_at: None,
        }))
    }

    /// Returns whether the customer has withdrawn from the whole contract: all that was shipped came back for that, and with these
    /// pieces all is refunded.
    fn is_withdrawn_whole(&self, these: &[RefundedLine]) -> bool {
        let withdrawn = |sku: &Sku| -> u32 {
            let back = self.returns.iter().filter(|returned| returned.kind == ReturnKind::Withdrawal);
            back.map(|returned| returned.received_of(sku)).sum()
        };
        let shipped =
            |sku: &Sku| self.progress.iter().find(|line| line.sku == *sku).map_or(0, |line| line.shipped);
        // What is to be captured of it later is not refunded.
        let is_charged = self.is_charged_whole() || !self.has_left_to_ship();
        is_charged
            && self.lines.iter().all(|line| {
                let of_line = these.iter().filter(|refunded| refunded.sku == line.sku);
                let refunded: u32 = of_line.map(|refunded| refunded.quantity.into_inner()).sum();
                withdrawn(&line.sku) == shipped(&line.sku) && self.left_to_refund(&line.sku) == refunded
            })
    }

    /// Returns what goes back of the price of shipping: at most the standard price, with its share of the tax if that was added.
    fn shipping_back(&self, standard: Option<Money>) -> Option<Money> {
        let paid = self.shipping_left().ok()?;
        let charged = self.shipping.as_ref()?.total;
        let dearer =
            standard.and_then(|standard| charged.minus(standard).ok()).filter(|more| !more.is_zero());
        let Some(dearer) = dearer else { return Some(paid) };
        let part = |amount: Money| u64::try_from(amount.amount()).ok();
        let standard = part(charged)?.checked_sub(part(dearer)?)?;
        paid.allocate(&[standard, part(dearer)?]).ok()?.into_iter().next().filter(|back| !back.is_zero())
    }
}

fn sum(amounts: impl IntoIterator<Item = Money>, nothing: Money) -> Result<Money, MoneyError> {
    amounts.into_iter().try_fold(nothing, Money::plus)
}

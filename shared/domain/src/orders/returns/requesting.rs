//! A customer asks for a return, or withdraws from the contract.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    DUE_WITHIN, LIABLE_FOR, MAX_RETURNS, OrderReturn, ReturnKind, ReturnRefusal, ReturnState, Returning,
};
use crate::carts::CartNote;
use crate::events::{OrderEvent, ReturnRequested};
use crate::orders::fulfillment::Shipment;
use crate::orders::{Change, Order, OrderStatus};
use crate::settings::Policy;
use crate::words::goods::{Quantity, Sku};
use crate::words::id::ReturnId;
use crate::words::line::{Line, Lines, PricedLine};
use crate::words::shipment::ShippedLine;

/// A declaration that somebody has confirmed: always `true`. A button that withdraws from a contract has another one behind it
/// (Directive 2011/83/EU, Article 11a(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct Confirmed;

/// The declaration is not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("send `true` once the customer has confirmed")]
pub struct NotConfirmed;

impl TryFrom<bool> for Confirmed {
    type Error = NotConfirmed;

    fn try_from(is_confirmed: bool) -> Result<Self, NotConfirmed> {
        if is_confirmed { Ok(Self) } else { Err(NotConfirmed) }
    }
}

impl From<Confirmed> for bool {
    fn from(Confirmed: Confirmed) -> Self {
        true
    }
}

/// What is to be sent back, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReturnRequest {
    /// Why.
    #[serde(deserialize_with = "known")]
    pub kind: ReturnKind,
    /// What; everything that can be sent back, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
    /// What the customer wants to say. No reason is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<CartNote>,
    /// That the customer has confirmed it.
    pub confirm: Confirmed,
}

fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ReturnKind, D::Error> {
    match ReturnKind::deserialize(deserializer)? {
        ReturnKind::Unknown => Err(serde::de::Error::custom("expected `withdrawal` or `defect`")),
        kind => Ok(kind),
    }
}

/// How long goods can be returned. It begins when the order is complete, so it has no end while something is to be shipped.
///
/// For goods that are ordered together and delivered separately, the law counts from the day on which the customer has the last of them
/// (Directive 2011/83/EU, Article 9(2)(b)(i)). If the last pieces are cancelled after the others have arrived, that day is already past
/// when the contract shrinks, and perhaps the whole time with it, although until then the customer rightly believed that it had not
/// begun. So it begins at the later of both: the law sets the least, and the shop's act must not end a customer's right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnWindow {
    /// When the last parcel arrived, or counts as arrived, or the rest was cancelled later; none while something is to be shipped.
    complete_at: Option<Timestamp>,
    return_days: u16,
}

impl ReturnWindow {
    /// Returns until when a return of this kind can be asked for.
    #[must_use]
    pub fn until(self, kind: ReturnKind) -> Option<Timestamp> {
        let open_for = match kind {
            ReturnKind::Withdrawal | ReturnKind::Unknown => days(self.return_days),
            ReturnKind::Defect => LIABLE_FOR,
        };
        self.complete_at.map(|complete| complete + open_for)
    }

    fn is_over(self, kind: ReturnKind, now: Timestamp) -> bool {
        self.until(kind).is_some_and(|until| now >= until)
    }
}

fn days(count: u16) -> SignedDuration {
    SignedDuration::from_hours(i64::from(count) * 24)
}

impl Order {
    /// Returns how long the order's goods can be returned, given its parcels.
    #[must_use]
    pub fn return_window<'a>(
        &self,
        parcels: impl IntoIterator<Item = &'a Shipment>,
        policy: &Policy,
    ) -> ReturnWindow {
        let arrived = |parcel: &Shipment| {
            parcel.delivered_at.unwrap_or(parcel.shipped_at + days(policy.assume_delivered_days))
        };
        let last = parcels.into_iter().map(arrived).max();
        let complete_at = last.max(self.rest_cancelled_at).filter(|_| !self.has_left_to_ship());
        ReturnWindow { complete_at, return_days: policy.return_days }
    }

    /// Returns whether its customer can withdraw from the contract, or from what is left of it.
    #[must_use]
    pub fn can_be_withdrawn_from(&self, window: ReturnWindow, now: Timestamp) -> bool {
        if !self.has_shipped() {
            return self.can_be_cancelled(true) && self.lines.iter().all(|line| !line.goods.no_withdrawal);
        }
        let is_returnable =
            |line: &PricedLine| !line.goods.no_withdrawal && self.left_to_return(&line.sku) > 0;
        self.status == OrderStatus::Confirmed
            && self.lines.iter().any(is_returnable)
            && !window.is_over(ReturnKind::Withdrawal, now)
    }

    /// Records that the customer sends goods back. A withdrawal in time is accepted at once; the staff decide about defects. If
    /// nothing was shipped, a withdrawal cancels the order. A return that is known is returned without a change.
    ///
    /// # Errors
    /// If it is too late, or more is to be returned than the customer has, or something that is exempt.
    pub fn request_return(
        &self,
        return_id: ReturnId,
        request: &ReturnRequest,
        window: ReturnWindow,
        now: Timestamp,
    ) -> Result<Returning, ReturnRefusal> {
        if let Ok(known) = self.return_of(return_id) {
            return Ok(Returning::known(known));
        }
        let is_withdrawal = request.kind == ReturnKind::Withdrawal;
        if is_withdrawal && !self.has_shipped() {
            return self.withdraw_before_shipping(return_id, request, now);
        }
        let lines = self.to_return(request)?;
        if window.is_over(request.kind, now) {
            return Err(ReturnRefusal::WindowOver);
        }
        if self.returns.len() >= MAX_RETURNS {
            return Err(ReturnRefusal::TooMany);
        }
        let status = if is_withdrawal { ReturnState::Accepted } else { ReturnState::Requested };
        let returned = asked_for(return_id, request, lines, status, now);
        let event = Some(self.return_requested(&returned));
        let order = self.with_return(&returned, now);
        Ok(Returning { returned, change: Some(Change { event, ..order.into() }), also: None })
    }

    /// Cancels the order. The law lets customers withdraw before anything is shipped, whatever the shop's policy on cancellations.
    fn withdraw_before_shipping(
        &self,
        return_id: ReturnId,
        request: &ReturnRequest,
        now: Timestamp,
    ) -> Result<Returning, ReturnRefusal> {
        if !self.can_be_cancelled(true) {
            return Err(ReturnRefusal::Nothing);
        }
        if let Some(exempt) = self.lines.iter().find(|line| line.goods.no_withdrawal) {
            return Err(ReturnRefusal::NotReturnable { sku: exempt.sku.clone() });
        }
        let left = |line: &PricedLine| {
            let quantity = Quantity::try_new(self.left_to_ship(&line.sku)).ok()?;
            Some(Line { sku: line.sku.clone(), quantity })
        };
        let all: Vec<Line> = self.lines.iter().filter_map(left).collect();
        let partly = request.lines.as_ref().filter(|asked| {
            !all.iter().all(|line| asked.as_slice().contains(line)) || asked.as_slice().len() != all.len()
        });
        if let Some(Line { sku, .. }) = partly.and_then(|asked| asked.as_slice().first()) {
            return Err(ReturnRefusal::QuantityExceedsShipped { sku: sku.clone(), left: 0 });
        }
        let cancelled = self.cancel_even_if_paid(now).ok().flatten().ok_or(ReturnRefusal::Nothing)?;
        let returned = asked_for(return_id, request, all, ReturnState::OrderCancelled, now);
        let also = Some(self.return_requested(&returned));
        let order = cancelled.order.with_return(&returned, now);
        Ok(Returning { returned, change: Some(Change { order, ..cancelled }), also })
    }

    /// Returns what a request takes of what the customer has.
    fn to_return(&self, request: &ReturnRequest) -> Result<Vec<Line>, ReturnRefusal> {
        let is_exempt =
            |line: &PricedLine| request.kind == ReturnKind::Withdrawal && line.goods.no_withdrawal;
        let exempt = |sku: &Sku| ReturnRefusal::NotReturnable { sku: sku.clone() };
        let mut left: Vec<(&PricedLine, Line)> = Vec::new();
        if self.status == OrderStatus::Confirmed {
            left.extend(self.lines.iter().filter_map(|line| {
                let quantity = Quantity::try_new(self.left_to_return(&line.sku)).ok()?;
                Some((line, Line { sku: line.sku.clone(), quantity }))
            }));
        }
        let Some((first, _)) = left.first() else { return Err(ReturnRefusal::Nothing) };
        let Some(asked) = &request.lines else {
            let first = exempt(&first.sku);
            let lines = left.into_iter().filter(|(line, _)| !is_exempt(line)).map(|(_, line)| line);
            let lines: Vec<Line> = lines.collect();
            return if lines.is_empty() { Err(first) } else { Ok(lines) };
        };
        let take = |asked: &Line| match left.iter().find(|(line, _)| line.sku == asked.sku) {
            Some((line, _)) if is_exempt(line) => Err(exempt(&asked.sku)),
            Some((_, most)) if asked.quantity <= most.quantity => Ok(asked.clone()),
            found => Err(ReturnRefusal::QuantityExceedsShipped {
                sku: asked.sku.clone(),
                left: found.map_or(0, |(_, most)| most.quantity.into_inner()),
            }),
        };
        asked.as_slice().iter().map(take).collect()
    }

    fn return_requested(&self, returned: &OrderReturn) -> OrderEvent {
        OrderEvent::ReturnRequested(ReturnRequested {
            order_id: self.order_id,
            user_id: self.user_id,
            number: self.number.as_ref().map(ToString::to_string),
            return_id: returned.return_id,
            lines: self.titled(&returned.lines),
            is_decided: returned.status != ReturnState::Requested,
            send_by: returned.send_by,
            refund_due_at: returned.refund_due_at,
        })
    }

    /// Returns lines with their titles, for mails.
    pub(in crate::orders) fn titled(&self, lines: &[Line]) -> Vec<ShippedLine> {
        let titled = lines.iter().filter_map(|Line { sku, quantity }| {
            let line = self.lines.iter().find(|line| line.sku == *sku)?;
            Some(ShippedLine { sku: sku.clone(), title: line.title.clone(), quantity: *quantity })
        });
        titled.collect()
    }
}

fn asked_for(
    return_id: ReturnId,
    request: &ReturnRequest,
    lines: Vec<Line>,
    status: ReturnState,
    now: Timestamp,
) -> OrderReturn {
    OrderReturn {
        return_id,
        kind: request.kind,
        status,
        lines,
        note: request.note.clone(),
        acknowledged_at: now,
        refund_due_at: now + DUE_WITHIN,
        send_by: (status == ReturnState::Accepted).then(|| now + DUE_WITHIN),
        decided_at: None,
        reason: None,
        received: Vec::new(),
        received_at: None,
        deduction: None,
        refund_id: None,
    }
}

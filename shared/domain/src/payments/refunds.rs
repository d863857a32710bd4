//! Refunds: amounts that the shop grants, each under its own id, and the rest of what was captured for an order that has
//! ended.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ledger::{Account, Posting};
use super::{Change, GatewayId, Payment, PaymentStatus, Refund};
use crate::events::{LOST_IN_DISPUTE, ORDER_ENDED, PaymentEvent, RefundFailed, RefundSucceeded};
use crate::words::id::RefundId;
use crate::words::money::Money;

/// How long the gateway is left alone with a refund that it has accepted: it may take days.
pub const REFUND_LOOK_UP: SignedDuration = SignedDuration::from_hours(1);

/// Maximum number of refunds of a payment.
pub const MAX_REFUNDS: usize = 20;

/// The status of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// The gateway is to be asked for it.
    Requested,
    /// The gateway has accepted it and not completed it.
    TakenOn,
    /// The money is on its way back to the customer.
    Succeeded,
    /// The gateway could not deliver it, at once or some time after it had succeeded. The customer is still owed the money.
    Failed,
    /// A status of a newer version.
    #[serde(other)]
    Unknown,
}

/// A refund of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRefund {
    /// Its id, which is also the idempotency key at the gateway and the key of its posting.
    pub refund_id: RefundId,
    /// The amount.
    pub amount: Money,
    /// Its status.
    pub status: RefundStatus,
    /// The gateway's id for it, once the gateway has accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayId>,
    /// When the gateway was last asked about it, once it has accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// The gateway's reason why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl PaymentRefund {
    fn requested(refund_id: RefundId, amount: Money) -> Self {
        Self {
            refund_id,
            amount,
            status: RefundStatus::Requested,
            gateway: None,
            asked_at: None,
            failure: None,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.status, RefundStatus::Requested | RefundStatus::TakenOn)
    }
}

impl Payment {
    /// Records that `amount` is to be refunded. A refund that exceeds what is left of the captured amount fails: the shop
    /// has granted more than it got, or the customer has got the money through a dispute, and no retry changes that. So does one of an
    /// order that has ended, whose money goes back as a whole: [`ORDER_ENDED`]. While the payment is disputed, the refund waits. Returns
    /// `None` for a refund that is known already.
    #[must_use]
    pub fn request_refund(&self, refund_id: RefundId, amount: Money, now: Timestamp) -> Option<Change> {
        if self.refunds.iter().any(|known| known.refund_id == refund_id) {
            return None;
        }
        let refund = PaymentRefund::requested(refund_id, amount);
        let has_room = self.refunds.len() < MAX_REFUNDS;
        let is_covered = !amount.is_zero()
            && !self.cancel_requested
            && self.holds_money()
            && self.unclaimed().is_some_and(|left| left.minus(amount).is_ok());
        if has_room && is_covered {
            return Some(self.having(refund, now).quietly());
        }
        let would_fit = self.before_disputes().unclaimed().is_some_and(|left| left.minus(amount).is_ok());
        let reason = match (has_room, would_fit) {
            _ if self.cancel_requested => ORDER_ENDED,
            (false, _) => "too_many_refunds",
            (true, true) if self.holds_money() && !amount.is_zero() => LOST_IN_DISPUTE,
            (true, _) => "exceeds_captured_amount",
        };
        let failed = PaymentRefund {
            status: RefundStatus::Failed,
            failure: Some(reason.to_owned()),
            ..refund.clone()
        };
        let payment = if has_room { self.having(failed, now) } else { self.clone() };
        let event = self.failure_of(&refund, reason.to_owned());
        Some(payment.with(event, None))
    }

    /// Records that the gateway has accepted a refund as `name` and not completed it.
    #[must_use]
    pub fn refund_taken_on(&self, of: RefundId, name: GatewayId, now: Timestamp) -> Option<Change> {
        let refund = self.open_refund(of).filter(|refund| refund.gateway.as_ref() != Some(&name))?;
        let (status, gateway, asked_at) = (RefundStatus::TakenOn, Some(name), Some(now));
        Some(self.having(PaymentRefund { status, gateway, asked_at, ..refund }, now).quietly())
    }

    /// Records that the gateway has refunded the money.
    #[must_use]
    pub fn refunded(&self, of: RefundId, now: Timestamp) -> Option<Change> {
        let refund = self.open_refund(of)?;
        let refunded = self.refunded.plus(refund.amount).ok()?;
        let done = PaymentRefund { status: RefundStatus::Succeeded, ..refund.clone() };
        let payment = Self { refunded, ..self.having(done, now) }.in_status_of_refunds();
        let (debit, credit) = (Account::CustomerOrders, Account::GatewayReceivable);
        let posting = Posting::transfer(of.to_string(), debit, credit, refund.amount, now);
        let event = PaymentEvent::RefundSucceeded(RefundSucceeded {
            refund_id: of,
            payment_id: self.payment_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: refund.amount,
        });
        Some(payment.with(event, Some(posting)))
    }

    /// Records that the gateway looked at a pending refund and still has not completed it, so that it is asked again
    /// after a while and not in every run.
    #[must_use]
    pub fn refund_still_pending(&self, of: RefundId, now: Timestamp) -> Option<Change> {
        let refund = self.open_refund(of).filter(|refund| refund.gateway.is_some())?;
        let is_new = self.refund_asked_at(of) < now;
        is_new.then(|| self.having(PaymentRefund { asked_at: Some(now), ..refund }, now).quietly())
    }

    /// Records that the gateway could not deliver a refund. It is not due any more: the gateway would answer the same
    /// request in the same way, so an operator has to find another way to pay the customer.
    #[must_use]
    pub fn refund_failed(&self, of: RefundId, reason: String, now: Timestamp) -> Option<Change> {
        let refund = self.open_refund(of)?;
        let event = self.failure_of(&refund, reason.clone());
        let failed = PaymentRefund { status: RefundStatus::Failed, failure: Some(reason), ..refund };
        let payment = self.having(failed, now);
        // Nobody grants another one of an order that has ended. The gateway would answer the same for the rest.
        let payment = if self.is_of_the_rest(of) { payment } else { payment.claiming_again() };
        Some(payment.in_status_of_refunds().with(event, None))
    }

    /// Returns whether a refund was made, which can still fail.
    #[must_use]
    pub fn has_made_refunds(&self) -> bool {
        self.refunds.iter().any(|refund| refund.status == RefundStatus::Succeeded)
    }

    /// Records that a refund that was made has come back, days later, because the customer's bank has not taken it. Its posting is reversed,
    /// and the customer is owed the money again.
    #[must_use]
    pub fn refund_returned(&self, of: RefundId, reason: &str, now: Timestamp) -> Option<Change> {
        let mut made = self.refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded);
        let refund = made.find(|refund| refund.refund_id == of)?.clone();
        let refunded = self.refunded.minus(refund.amount).ok()?;
        let status = match self.status {
            PaymentStatus::Refunded => PaymentStatus::Captured,
            other => other,
        };
        let (debit, credit) = (Account::GatewayReceivable, Account::CustomerOrders);
        let posting = Posting::transfer(format!("{of}-returned"), debit, credit, refund.amount, now);
        let event = self.failure_of(&refund, reason.to_owned());
        let failure = Some(reason.to_owned());
        let failed = PaymentRefund { status: RefundStatus::Failed, failure, ..refund };
        let payment = Self { refunded, status, ..self.having(failed, now) };
        let payment = if self.is_of_the_rest(of) { payment } else { payment.claiming_again() };
        Some(payment.in_status_of_refunds().with(event, Some(posting)))
    }

    /// Records that a refund is not made, because the customer has got the money through a dispute.
    #[must_use]
    pub fn refund_dropped(&self, of: RefundId, now: Timestamp) -> Option<Change> {
        let refund = self.open_refund(of).filter(|_| self.to_be_dropped() == Some(of))?;
        let event = self.failure_of(&refund, LOST_IN_DISPUTE.to_owned());
        let failure = Some(LOST_IN_DISPUTE.to_owned());
        let dropped = PaymentRefund { status: RefundStatus::Failed, failure, ..refund };
        // The bank may have taken less than was to be refunded.
        Some(self.having(dropped, now).claiming_again().with(event, None))
    }

    /// Returns the first refund that the gateway does not have, and for which a lost dispute has left too little.
    pub(super) fn to_be_dropped(&self) -> Option<RefundId> {
        if self.is_disputed() || self.lost().is_zero() {
            return None;
        }
        let open = || self.refunds.iter().filter(|refund| refund.is_open());
        let (waiting, accepted): (Vec<_>, Vec<_>) =
            open().partition(|refund| refund.status == RefundStatus::Requested);
        let accepted: i64 = accepted.iter().map(|refund| refund.amount.amount()).sum();
        let gone = self.refunded.amount() + self.lost().amount() + accepted;
        let mut left = self.captured.amount() - gone;
        let too_much = waiting.into_iter().find(|refund| {
            let fits = refund.amount.amount() <= left;
            if fits {
                left -= refund.amount.amount();
            }
            !fits
        });
        too_much.map(|refund| refund.refund_id)
    }

    /// Returns the refund to ask the gateway for: one that it does not have yet, or else the one that it was asked about
    /// longest ago. The gateway refunds nothing of a disputed payment.
    pub(super) fn next_refund(&self) -> Option<Refund> {
        let may_be_asked = |refund: &PaymentRefund| !self.is_disputed() || refund.gateway.is_some();
        let open: Vec<PaymentRefund> = self.open_refunds().filter(may_be_asked).collect();
        let is_new = |refund: &&PaymentRefund| refund.status == RefundStatus::Requested;
        let pending = || open.iter().min_by_key(|refund| refund.asked_at);
        let next = open.iter().find(is_new).or_else(pending)?;
        Some(Refund {
            refund_id: next.refund_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            intent: self.intent.clone()?,
            amount: next.amount,
            taken_on: next.gateway.clone(),
            ended_disputes: self.disputes.iter().filter(|dispute| !dispute.status.is_open()).count(),
        })
    }

    /// Returns when the gateway was last asked about a refund that it has accepted.
    pub(super) fn refund_asked_at(&self, of: RefundId) -> Timestamp {
        let refund = self.refunds.iter().find(|refund| refund.refund_id == of);
        refund.and_then(|refund| refund.asked_at).unwrap_or(self.updated_at)
    }

    fn open_refund(&self, of: RefundId) -> Option<PaymentRefund> {
        let mut open = self.open_refunds();
        open.find(|refund| refund.refund_id == of).filter(|_| self.holds_money())
    }

    /// Returns whether captured money may be refunded.
    fn holds_money(&self) -> bool {
        matches!(self.status, PaymentStatus::Captured | PaymentStatus::Authorized)
    }

    fn open_refunds(&self) -> impl Iterator<Item = PaymentRefund> {
        self.refunds.iter().filter(|refund| refund.is_open()).cloned().chain(self.unlisted())
    }

    /// Lists the refund of the rest of an ended order's money. What is listed has its amount, whatever becomes of other refunds while the
    /// gateway is asked for it.
    pub(super) fn claiming_the_rest(self) -> Self {
        let is_captured = self.status == PaymentStatus::Captured;
        let Some(rest) = self.unlisted().filter(|_| is_captured) else { return self };
        let mut payment = Self { refund: None, ..self };
        payment.refunds.push(rest);
        payment
    }

    /// Lists another refund of what is left of an ended order's money, if anything is.
    fn claiming_again(self) -> Self {
        let is_of_the_rest = |refund: &&PaymentRefund| self.is_of_the_rest(refund.refund_id);
        let nth = self.refunds.iter().filter(is_of_the_rest).count() + 1;
        let rest = self.unclaimed().filter(|rest| self.cancel_requested && !rest.is_zero());
        let Some(rest) = rest.filter(|_| nth > 1 && self.refunds.len() < MAX_REFUNDS) else { return self };
        let again = PaymentRefund::requested(self.rest(nth), rest);
        let mut payment = self;
        payment.refunds.push(again);
        payment
    }

    fn is_of_the_rest(&self, id: RefundId) -> bool {
        (1..=MAX_REFUNDS).any(|nth| self.rest(nth) == id)
    }

    /// Returns the refund of the rest of an ended order's money, as long as it is not in the list. Versions that did not list it when the
    /// order ended have left such payments.
    fn unlisted(&self) -> Option<PaymentRefund> {
        let refund_id = self.refund_of_the_rest();
        let is_listed = self.refunds.iter().any(|refund| refund.refund_id == refund_id);
        let rest = self.unclaimed().filter(|rest| self.cancel_requested && !is_listed && !rest.is_zero())?;
        let requested = PaymentRefund::requested(refund_id, rest);
        Some(match self.refund.clone() {
            Some(name) => PaymentRefund { status: RefundStatus::TakenOn, gateway: Some(name), ..requested },
            None => requested,
        })
    }

    /// Returns the id of the refund of an ended order: every request and every retry asks for the same refund.
    fn refund_of_the_rest(&self) -> RefundId {
        self.rest(1)
    }

    /// Returns the id of the `nth` refund of an ended order, from 1.
    fn rest(&self, nth: usize) -> RefundId {
        let payment_id = self.payment_id.to_string();
        if nth == 1 {
            return RefundId::derived_from(&[&payment_id, ORDER_ENDED]);
        }
        RefundId::derived_from(&[&payment_id, ORDER_ENDED, &nth.to_string()])
    }

    /// Returns what is left of the captured amount after all refunds that were made or are due, and lost disputes.
    fn unclaimed(&self) -> Option<Money> {
        let open = self.refunds.iter().filter(|refund| refund.is_open());
        let left = self.captured.minus(self.refunded).ok()?.minus(self.lost()).ok()?;
        open.map(|refund| refund.amount).try_fold(left, |left, amount| left.minus(amount).ok())
    }

    /// Returns the payment with this refund in its list.
    fn having(&self, refund: PaymentRefund, now: Timestamp) -> Self {
        let mut payment = Self { updated_at: now, ..self.clone() };
        if refund.refund_id == self.refund_of_the_rest() {
            payment.refund = None;
        }
        match payment.refunds.iter_mut().find(|known| known.refund_id == refund.refund_id) {
            Some(known) => *known = refund,
            None => payment.refunds.push(refund),
        }
        payment
    }

    /// Once everything is refunded, the payment is; once nothing more can be done about the rest of an ended order's money,
    /// its refund has failed.
    pub(super) fn in_status_of_refunds(self) -> Self {
        // Otherwise more may be captured, or nothing was. A refund that has failed is not owed any more once a bank has paid it.
        if !matches!(self.status, PaymentStatus::Captured | PaymentStatus::RefundFailed) {
            return self;
        }
        // What a bank has taken for the customer is not owed any more.
        let is_left = self.unclaimed().is_some_and(|left| !left.is_zero());
        let status = if self.refunded == self.captured {
            PaymentStatus::Refunded
        } else if self.cancel_requested && self.open_refunds().next().is_none() && is_left {
            PaymentStatus::RefundFailed
        } else {
            PaymentStatus::Captured
        };
        Self { status, ..self }
    }

    fn failure_of(&self, refund: &PaymentRefund, reason: String) -> PaymentEvent {
        PaymentEvent::RefundFailed(RefundFailed {
            refund_id: refund.refund_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: refund.amount,
            reason,
        })
    }
}

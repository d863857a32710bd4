//! Money that is authorised when an order is placed, and captured parcel by parcel.
//!
//! The order says how much: of all captures together, so that its events may arrive in any order, and one that is lost is made up for by
//! the next. What is to be captured is stored with its amount before the gateway is asked, so every request for it is the same:
//! docs/decisions/0095-captured-when-it-is-shipped.md.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ledger::{Account, Posting};
use super::{Authorized, Capture, Change, ChargeOutcome, Due, Payment, PaymentStatus};
use crate::events::{CaptureFailed, CaptureRequested, OrderPlaced, PartCaptured, PaymentEvent};
use crate::words::capture::CaptureMode;
use crate::words::charge::ChargeRule;
use crate::words::id::CaptureId;
use crate::words::money::Money;

/// How long before an authorisation ends the rest of it is captured, or the order is cancelled.
pub const CAPTURED_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// How long after that the order is told again, if it has not answered.
pub const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How long an authorisation is taken to last if the gateway does not say: the shortest that Stripe names, for payments with Visa that
/// the merchant initiates (<https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>).
pub const SHORTEST_AUTHORIZATION: SignedDuration = SignedDuration::from_hours(4 * 24 + 18);

/// Maximum number of captures of a payment; the last one takes all that is left. Stripe takes 50.
pub const MAX_CAPTURES: usize = 45;

/// The reason of a capture that was requested when nothing was authorised any more.
const NOT_AUTHORIZED: &str = "not_authorized";

/// An authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Until when it can be captured.
    pub capture_before: Timestamp,
    /// Whether parts of it can be captured, one after another. Otherwise, the first capture takes all that the customer pays.
    pub takes_several: bool,
    /// When the order was last told that it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
}

/// The status of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureStatus {
    /// The gateway is to be asked for it.
    Requested,
    /// The money is captured.
    Captured,
    /// The money was not captured, and will not be.
    Failed,
    /// A status of a newer version.
    #[serde(other)]
    Unknown,
}

/// A capture of a part of what is authorised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCapture {
    /// Its id, which is also the idempotency key at the gateway and the key of its posting.
    pub capture_id: CaptureId,
    /// The amount; nothing if only the rest is released.
    pub amount: Money,
    /// Whether the rest is released.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_last: bool,
    /// Its status.
    pub status: CaptureStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl PaymentCapture {
    fn is_open(&self) -> bool {
        self.status == CaptureStatus::Requested
    }
}

impl Payment {
    /// Records that a part of what is authorised is to be captured. If the payment can be captured only once, or was captured often, that
    /// is all that the customer pays. Returns `None` for a capture that is known already, or covered by others.
    #[must_use]
    pub fn request_capture(&self, request: &CaptureRequested, now: Timestamp) -> Option<Change> {
        if self.captures.iter().any(|known| known.capture_id == request.capture_id) {
            return None;
        }
        let asked = self.captured_or_asked()?;
        let Some(authorization) = self.authorization.as_ref().filter(|_| self.can_be_captured()) else {
            let missing = request.together.minus(asked).ok().filter(|missing| !missing.is_zero())?;
            return Some(self.refuse_capture(request.capture_id, missing, now));
        };
        let takes_all = !authorization.takes_several || self.captures.len() + 1 >= MAX_CAPTURES;
        let target = if takes_all { request.most } else { request.together };
        let left = self.amount.minus(asked).ok()?;
        let wanted = target.minus(asked).unwrap_or(left.nothing_of());
        let amount = if wanted.amount() > left.amount() { left } else { wanted };
        let is_last = request.is_last || takes_all || amount == left;
        match (amount.is_zero(), is_last) {
            (true, false) => None,
            // Nothing was captured, and nothing will be.
            (true, true) if asked.is_zero() => {
                let event = self.part_captured(request.capture_id, wanted, self.captured, true);
                Some(Change { event: Some(event), ..self.cancel(now)? })
            }
            _ => {
                let mut payment = Self { updated_at: now, ..self.clone() };
                payment.captures.push(requested(request.capture_id, amount, is_last));
                Some(payment.quietly())
            }
        }
    }

    /// Records that the gateway has captured a part, and released the rest if it was the last.
    #[must_use]
    pub fn captured_part(&self, of: CaptureId, now: Timestamp) -> Option<Change> {
        let capture = self.open_capture(of)?;
        let captured = self.captured.plus(capture.amount).ok()?;
        let status = if capture.is_last { PaymentStatus::Captured } else { PaymentStatus::Authorized };
        let mut payment = Self { captured, status, updated_at: now, ..self.clone() };
        for known in payment.captures.iter_mut().filter(|known| known.capture_id == of) {
            known.status = CaptureStatus::Captured;
        }
        let event = self.part_captured(of, capture.amount, captured, capture.is_last);
        let (debit, credit) = (Account::GatewayReceivable, Account::CustomerOrders);
        let posting = Posting::transfer(of.to_string(), debit, credit, capture.amount, now);
        let posting = Some(posting).filter(|_| !capture.amount.is_zero());
        Some(payment.claiming_the_rest().in_status_of_refunds().with(event, posting))
    }

    /// Records that the gateway will capture nothing more: the authorisation has ended.
    #[must_use]
    pub fn capture_failed(&self, of: CaptureId, reason: &str, now: Timestamp) -> Option<Change> {
        self.open_capture(of)?;
        let open = self.captures.iter().filter(|capture| capture.is_open()).map(|capture| capture.amount);
        let missing = open.into_iter().try_fold(self.amount.nothing_of(), Money::plus).ok()?;
        let status = if self.captured.is_zero() { PaymentStatus::Voided } else { PaymentStatus::Captured };
        let mut payment = Self { status, updated_at: now, ..self.clone() };
        for known in payment.captures.iter_mut().filter(|known| known.is_open()) {
            (known.status, known.failure) = (CaptureStatus::Failed, Some(reason.to_owned()));
        }
        let event = self.failure_of_capture(of, missing, reason);
        Some(payment.claiming_the_rest().in_status_of_refunds().with(event, None))
    }

    /// Has the order say what becomes of the rest, once the authorisation is about to end. Returns `None` before, and for some time after it
    /// was told.
    #[must_use]
    pub fn authorization_ends(&self, now: Timestamp) -> Option<Change> {
        self.end().filter(|due| self.time_of(due) <= now)?;
        let authorization = Authorization { told_at: Some(now), ..self.authorization.clone()? };
        let payment = Self { authorization: Some(authorization), updated_at: now, ..self.clone() };
        let event = PaymentEvent::AuthorizationEnding(payment.outcome());
        Some(payment.with(event, None))
    }

    /// Records that the gateway holds the money for the shop.
    pub(super) fn authorize(&self, authorized: &Authorized, now: Timestamp) -> Change {
        let authorization = Authorization {
            capture_before: authorized.capture_before.unwrap_or(now + SHORTEST_AUTHORIZATION),
            takes_several: authorized.takes_several,
            told_at: None,
        };
        let payment = Self {
            status: PaymentStatus::Authorized,
            authorization: Some(authorization),
            decline_code: None,
            updated_at: now,
            ..self.clone()
        };
        // The order has ended, and the authorisation is cancelled next.
        if payment.cancel_requested {
            return payment.quietly();
        }
        let event = PaymentEvent::Authorized(payment.outcome());
        payment.with(event, None)
    }

    /// Applies what became of an authorised attempt without the shop: it has ended, or somebody has captured it by hand.
    pub(super) fn authorization_settled(&self, outcome: &ChargeOutcome, now: Timestamp) -> Option<Change> {
        match outcome {
            _ if !self.captures.is_empty() => None,
            ChargeOutcome::Authorized(_) | ChargeOutcome::ActionRequired => None,
            ChargeOutcome::Captured => Some(self.capture_all(now)),
            ChargeOutcome::Declined { .. } => {
                let payment = Self { status: PaymentStatus::Voided, updated_at: now, ..self.clone() };
                let event = PaymentEvent::AuthorizationEnding(payment.outcome());
                let is_news = !payment.cancel_requested;
                let change = payment.quietly();
                Some(Change { event: is_news.then_some(event), ..change })
            }
        }
    }

    /// Returns the next action for an authorised payment. What waits is done in the sequence of time, so that neither a slow refund nor a
    /// dispute keeps the shop from its money.
    pub(super) fn due_of_authorized(&self) -> Option<Due> {
        if let Some(capture) = self.next_capture() {
            return Some(Due::Capture(capture));
        }
        if self.cancel_requested {
            return self.at_gateway().map(Due::Cancel);
        }
        if let Some(refund) = self.to_be_dropped() {
            return Some(Due::Drop(refund));
        }
        let refund = self.next_refund().map(Due::Refund);
        if let Some(refund) = refund.clone().filter(|refund| !refund.is_waiting()) {
            return Some(refund);
        }
        let dispute = self.unsettled_dispute().map(|dispute| Due::LookUpDispute(dispute.gateway.clone()));
        let waiting = [self.end(), refund, dispute].into_iter().flatten();
        waiting.min_by_key(|due| self.time_of(due))
    }

    /// Releases the rest of what is authorised of an order that has ended, if a part was captured. That part is refunded next.
    pub(super) fn releasing_the_rest(self) -> Self {
        let was_captured = self.status == PaymentStatus::Authorized && !self.captures.is_empty();
        if !was_captured || self.is_last_requested() {
            return self;
        }
        let mut payment = self;
        let id = CaptureId::derived_from(&[&payment.payment_id.to_string(), "order_ended"]);
        payment.captures.push(requested(id, payment.amount.nothing_of(), true));
        payment
    }

    /// Returns whether the books have captured exactly this, at once or for a parcel.
    pub(super) fn has_captured(&self, amount: i64) -> bool {
        let is_of_part = |capture: &PaymentCapture| {
            capture.status == CaptureStatus::Captured && capture.amount.amount() == amount
        };
        self.captured.amount() == amount || self.captures.iter().any(is_of_part)
    }

    fn can_be_captured(&self) -> bool {
        self.status == PaymentStatus::Authorized && !self.is_last_requested()
    }

    fn is_last_requested(&self) -> bool {
        self.captures.iter().any(|capture| capture.is_last && capture.is_open())
    }

    /// Returns when the order is to be told that the authorisation ends.
    fn end(&self) -> Option<Due> {
        let authorization = self.authorization.as_ref().filter(|_| self.can_be_captured())?;
        let ahead = authorization.capture_before - CAPTURED_AHEAD;
        let from = authorization.told_at.map_or(ahead, |told_at| told_at + TOLD_AGAIN);
        Some(Due::End(from))
    }

    fn next_capture(&self) -> Option<Capture> {
        let next = self.captures.iter().find(|capture| capture.is_open())?;
        Some(Capture {
            capture_id: next.capture_id,
            attempt: self.at_gateway()?,
            before: self.captured,
            amount: next.amount,
            is_last: next.is_last,
            is_one_of_several: self.authorization.as_ref().is_some_and(|known| known.takes_several),
        })
    }

    fn open_capture(&self, of: CaptureId) -> Option<PaymentCapture> {
        let mut open = self.captures.iter().filter(|capture| capture.is_open());
        open.find(|capture| capture.capture_id == of && self.status == PaymentStatus::Authorized).cloned()
    }

    /// Returns what was captured, or is to be.
    fn captured_or_asked(&self) -> Option<Money> {
        let open = self.captures.iter().filter(|capture| capture.is_open());
        open.map(|capture| capture.amount).try_fold(self.captured, |sum, amount| sum.plus(amount).ok())
    }

    /// Records that nothing is authorised any more of what the shop wants to capture.
    fn refuse_capture(&self, of: CaptureId, missing: Money, now: Timestamp) -> Change {
        let mut payment = Self { updated_at: now, ..self.clone() };
        let (status, failure) = (CaptureStatus::Failed, Some(NOT_AUTHORIZED.to_owned()));
        payment.captures.push(PaymentCapture { status, failure, ..requested(of, missing, false) });
        let event = self.failure_of_capture(of, missing, NOT_AUTHORIZED);
        payment.with(event, None)
    }

    fn part_captured(
        &self,
        capture_id: CaptureId,
        amount: Money,
        captured: Money,
        is_last: bool,
    ) -> PaymentEvent {
        let Self { payment_id, order_id, user_id, .. } = *self;
        let captured = PartCaptured { payment_id, order_id, user_id, capture_id, amount, captured, is_last };
        PaymentEvent::PartCaptured(captured)
    }

    fn failure_of_capture(&self, of: CaptureId, missing: Money, reason: &str) -> PaymentEvent {
        PaymentEvent::CaptureFailed(CaptureFailed {
            payment_id: self.payment_id,
            order_id: self.order_id,
            user_id: self.user_id,
            capture_id: of,
            amount: missing,
            captured: self.captured,
            reason: reason.to_owned(),
        })
    }
}

/// Returns when the money of an order is captured. In a few currencies, not every amount can be captured, and parcels would not sum to
/// the whole.
pub(super) fn mode_of(placed: &OrderPlaced) -> CaptureMode {
    let takes_any = ChargeRule::of(placed.order.total.currency()).is_ok_and(|rule| rule.step() == 1);
    if takes_any { placed.capture } else { CaptureMode::Automatic }
}

fn requested(capture_id: CaptureId, amount: Money, is_last: bool) -> PaymentCapture {
    PaymentCapture { capture_id, amount, is_last, status: CaptureStatus::Requested, failure: None }
}

//! The payment gateway: an attempt has its own id and can be confirmed once, and an idempotency key is honoured until
//! the gateway forgets it.

use std::collections::{BTreeMap, BTreeSet};

use domain::payments::{
    Authorized, Capture, Charge, ChargeOutcome, DisputeReport, DisputeStatus, GatewayId, Opened, Refund,
};
use domain::words::capture::CaptureMode;
use domain::words::id::{AttemptId, CaptureId, OrderId, RefundId};
use domain::words::money::{Currency, Money};
use jiff::{SignedDuration, Timestamp};

/// How long money is authorised.
pub const AUTHORIZED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The outcome of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    Good,
    /// Captured immediately; refunded at the second request.
    SlowToRefund,
    Declined,
    AsksTheCustomer,
    /// What it authorises can be captured once.
    CapturedOnce,
}

#[derive(Debug, Clone)]
struct Intent {
    order: OrderId,
    amount: Money,
    capture: CaptureMode,
    /// The attempt whose payment method it has.
    attempt: AttemptId,
    /// `None` before confirmation.
    outcome: Option<ChargeOutcome>,
    /// Those that it has taken on, and that have not arrived yet.
    taken_on: BTreeMap<RefundId, i64>,
    refunds: BTreeMap<RefundId, i64>,
    /// Those that were made, and that the customer's bank has given back.
    returned: BTreeMap<RefundId, i64>,
    /// What was captured of what is authorised.
    captures: BTreeMap<CaptureId, i64>,
    /// Whether the rest was released.
    is_closed: bool,
    /// Whether the bank has released it without being asked.
    has_lapsed: bool,
}

#[derive(Debug, Default)]
pub struct Gateway {
    pub now: Timestamp,
    keys: BTreeMap<AttemptId, GatewayId>,
    intents: BTreeMap<String, Intent>,
    /// The attempts after the first whose payment method was taken.
    prepared: BTreeSet<AttemptId>,
    /// What customers dispute with their banks, one for each order.
    disputes: BTreeMap<OrderId, DisputeReport>,
}

/// The outcome of cancelling an attempt.
pub enum Cancellation {
    Cancelled,
    TooLate,
}

/// The outcome of a refund request.
pub enum Refunding {
    Done,
    TakenOn(GatewayId),
    /// It was made, and has come back.
    Failed,
    /// The customer has the money, or may get it through their bank.
    Disputed(DisputeReport),
}

impl Gateway {
    pub fn open(&mut self, charge: &Charge) -> GatewayId {
        let name = GatewayId::try_new(format!("pi_{}", self.intents.len())).unwrap();
        let known = self.keys.entry(charge.attempt_id).or_insert_with(|| name.clone());
        let (order, amount) = (charge.order_id, charge.amount);
        let intent = Intent {
            order,
            amount,
            capture: charge.capture,
            attempt: charge.attempt_id,
            outcome: None,
            taken_on: BTreeMap::new(),
            refunds: BTreeMap::new(),
            returned: BTreeMap::new(),
            captures: BTreeMap::new(),
            is_closed: false,
            has_lapsed: false,
        };
        self.intents.entry(known.to_string()).or_insert(intent);
        known.clone()
    }

    /// Takes the payment method of a further attempt, once; returns the outcome if the payment has ended.
    pub fn prepare(&mut self, attempt: &Opened) -> Option<ChargeOutcome> {
        let is_new = self.prepared.insert(attempt.charge.attempt_id);
        let intent = self.intent(&attempt.intent);
        let has_ended = intent.is_charged() || intent.outcome == Some(declined("canceled"));
        if has_ended {
            return intent.outcome.clone();
        }
        if is_new {
            (intent.attempt, intent.outcome) = (attempt.charge.attempt_id, None);
        }
        None
    }

    /// Returns `None` for an attempt that another has followed: it is not confirmed.
    pub fn confirm(&mut self, attempt: &Opened, card: Card) -> Option<ChargeOutcome> {
        let now = self.now;
        let outcome = match card {
            Card::Good | Card::SlowToRefund => outcome_of(attempt.charge.capture, true, now),
            Card::CapturedOnce => outcome_of(attempt.charge.capture, false, now),
            Card::Declined => declined("card_declined"),
            Card::AsksTheCustomer => ChargeOutcome::ActionRequired,
        };
        let intent = self.intent(&attempt.intent);
        let is_latest = intent.attempt == attempt.charge.attempt_id;
        is_latest.then(|| intent.outcome.get_or_insert(outcome).clone())
    }

    /// Returns the outcome, if the attempt is confirmed; `None` for an attempt that another has followed.
    pub fn look_up(&mut self, attempt: &Opened) -> Option<Option<ChargeOutcome>> {
        let intent = self.intent(&attempt.intent);
        let is_latest = intent.attempt == attempt.charge.attempt_id;
        (is_latest || intent.is_charged()).then(|| intent.outcome.clone())
    }

    /// Captures a part of what is authorised, once, and releases the rest after the last. Returns whether it could.
    pub fn capture(&mut self, capture: &Capture) -> bool {
        let intent = self.intent(&capture.attempt.intent);
        if intent.captures.contains_key(&capture.capture_id) {
            return true;
        }
        if intent.has_lapsed {
            // The rest is released already, which is all that is asked for.
            let is_release = capture.amount.is_zero() && !intent.captures.is_empty();
            if is_release {
                intent.captures.insert(capture.capture_id, 0);
            }
            return is_release;
        }
        let Some(ChargeOutcome::Authorized(authorized)) = &intent.outcome else {
            panic!("nothing is authorised: {intent:?}")
        };
        assert!(!intent.is_closed && (authorized.takes_several || intent.captures.is_empty()), "{intent:?}");
        assert_eq!(intent.taken(), capture.before.amount());
        intent.captures.insert(capture.capture_id, capture.amount.amount());
        assert!(intent.taken() <= intent.amount.amount());
        intent.is_closed = capture.is_last;
        true
    }

    /// What is authorised for an order lapses, long before the bank said it would. If nothing is captured, that is the end of the attempt.
    pub fn lapse(&mut self, order: OrderId) {
        for intent in self.intents.values_mut().filter(|intent| intent.order == order) {
            if matches!(intent.outcome, Some(ChargeOutcome::Authorized(_))) && !intent.is_closed {
                intent.has_lapsed = true;
                if intent.captures.is_empty() {
                    intent.outcome = Some(declined("canceled"));
                }
            }
        }
    }

    /// Returns whether what was authorised for an order has lapsed.
    pub fn has_lapsed(&self, order: OrderId) -> bool {
        self.intents.values().any(|intent| intent.order == order && intent.has_lapsed)
    }

    /// The customer's bank gives back what was refunded to them.
    pub fn bank_returns_refunds(&mut self, order: OrderId) {
        for intent in self.intents.values_mut().filter(|intent| intent.order == order) {
            intent.returned.append(&mut intent.refunds);
        }
    }

    /// Returns whether a refund was made and has come back.
    pub fn has_returned(&self, order: OrderId, refund: RefundId) -> bool {
        self.charges(order).any(|intent| intent.returned.contains_key(&refund))
    }

    /// A cancelled attempt captures nothing, even if it is confirmed afterwards.
    pub fn cancel(&mut self, attempt: &Opened) -> Cancellation {
        let intent = self.intent(&attempt.intent);
        if intent.outcome == Some(ChargeOutcome::Captured) {
            return Cancellation::TooLate;
        }
        assert_eq!(intent.taken(), 0, "captured of an order that has ended");
        intent.outcome = Some(declined("canceled"));
        Cancellation::Cancelled
    }

    pub fn refund(&mut self, refund: &Refund, card: Card) -> Refunding {
        let dispute =
            self.disputes.get(&refund.order_id).filter(|dispute| is_with_the_bank(dispute)).cloned();
        let intent = self.intent(&refund.intent);
        assert!(intent.is_charged());
        if intent.returned.contains_key(&refund.refund_id) {
            return Refunding::Failed;
        }
        // What it has done before, it does not do again, and does not refuse: the service looks for it first.
        let is_known =
            [&intent.taken_on, &intent.refunds].iter().any(|known| known.contains_key(&refund.refund_id));
        let back: i64 = intent.refunds.values().chain(intent.taken_on.values()).sum();
        let left = intent.taken() - back;
        // Of a charge whose dispute is lost, what the bank has not taken can be refunded.
        let is_refused = |dispute: &DisputeReport| {
            dispute.status == DisputeStatus::Open
                || refund.amount.amount() > left - dispute.withdrawn.amount()
        };
        if let Some(dispute) = dispute.filter(|dispute| !is_known && is_refused(dispute)) {
            return Refunding::Disputed(dispute);
        }
        assert!(is_known || refund.amount.amount() <= left);
        if card == Card::SlowToRefund && refund.taken_on.is_none() {
            intent.taken_on.insert(refund.refund_id, refund.amount.amount());
            return Refunding::TakenOn(refund_name(refund.refund_id));
        }
        intent.taken_on.remove(&refund.refund_id);
        intent.refunds.insert(refund.refund_id, refund.amount.amount());
        Refunding::Done
    }

    /// Confirms the customer's action at the bank.
    pub fn customer_confirms(&mut self, order: OrderId) {
        let now = self.now;
        for intent in self.intents.values_mut().filter(|intent| intent.order == order) {
            if intent.outcome == Some(ChargeOutcome::ActionRequired) {
                intent.outcome = Some(outcome_of(intent.capture, true, now));
            }
        }
    }

    /// The customer disputes what they have paid and not got back, once.
    pub fn customer_disputes(&mut self, order: OrderId) {
        let left = self.charges(order).map(|intent| {
            let back: i64 = intent.refunds.values().chain(intent.taken_on.values()).sum();
            intent.taken() - back
        });
        let left = left.sum::<i64>();
        if left > 0 && !self.disputes.contains_key(&order) {
            let amount = |cents| Money::new(cents, Currency::EUR).unwrap();
            let dispute = DisputeReport {
                gateway: GatewayId::try_new(format!("dp_{}", self.disputes.len())).unwrap(),
                amount: amount(left),
                status: DisputeStatus::Open,
                reason: "product_not_received".to_owned(),
                due_by: None,
                withdrawn: amount(left),
                reinstated: amount(0),
                fee: amount(2000),
            };
            self.disputes.insert(order, dispute);
        }
    }

    /// The customer's bank decides.
    pub fn bank_decides(&mut self, order: OrderId, shop_wins: bool) {
        let dispute = self.disputes.get_mut(&order).filter(|dispute| dispute.status == DisputeStatus::Open);
        let Some(dispute) = dispute else { return };
        if shop_wins {
            (dispute.status, dispute.reinstated) = (DisputeStatus::Won, dispute.withdrawn);
        } else {
            dispute.status = DisputeStatus::Lost;
        }
    }

    /// Returns what the gateway states about an order's dispute, if there is one.
    pub fn dispute(&self, order: OrderId) -> Option<&DisputeReport> {
        self.disputes.get(&order)
    }

    /// Returns what the customer has got of an order's money through their bank, or may get.
    pub fn with_the_bank(&self, order: OrderId) -> i64 {
        self.dispute(order).map_or(0, |dispute| dispute.withdrawn.amount() - dispute.reinstated.amount())
    }

    /// Forgets all idempotency keys, as a gateway does after a day.
    pub fn forget_keys(&mut self) {
        self.keys.clear();
    }

    /// Returns the amounts captured for an order.
    pub fn taken(&self, order: OrderId) -> Vec<i64> {
        let charges = self.charges(order).filter(|intent| intent.capture.is_automatic());
        let whole = charges.map(|intent| intent.amount.amount());
        whole.chain(self.charges(order).flat_map(|intent| intent.captures.values().copied())).collect()
    }

    /// Returns the amount refunded for an order.
    pub fn refunded(&self, order: OrderId) -> i64 {
        self.charges(order).flat_map(|intent| intent.refunds.values()).sum()
    }

    /// Returns the amount that was refunded for an order, and has come back.
    pub fn returned(&self, order: OrderId) -> i64 {
        self.charges(order).flat_map(|intent| intent.returned.values()).sum()
    }

    fn charges(&self, order: OrderId) -> impl Iterator<Item = &Intent> {
        let is_charge = move |intent: &&Intent| intent.order == order && intent.is_charged();
        self.intents.values().filter(is_charge)
    }

    fn intent(&mut self, id: &GatewayId) -> &mut Intent {
        self.intents.get_mut(id.as_ref()).expect("an attempt that was opened")
    }
}

impl Intent {
    fn is_charged(&self) -> bool {
        matches!(self.outcome, Some(ChargeOutcome::Captured | ChargeOutcome::Authorized(_)))
    }

    fn taken(&self) -> i64 {
        match self.outcome {
            Some(ChargeOutcome::Captured) => self.amount.amount(),
            _ => self.captures.values().sum(),
        }
    }
}

fn outcome_of(capture: CaptureMode, takes_several: bool, now: Timestamp) -> ChargeOutcome {
    if capture.is_automatic() {
        return ChargeOutcome::Captured;
    }
    let capture_before = Some(now + AUTHORIZED_FOR);
    ChargeOutcome::Authorized(Authorized { capture_before, takes_several })
}

fn is_with_the_bank(dispute: &DisputeReport) -> bool {
    matches!(dispute.status, DisputeStatus::Open | DisputeStatus::Lost)
}

fn refund_name(id: RefundId) -> GatewayId {
    GatewayId::try_new(id.to_string()).unwrap()
}

fn declined(code: &str) -> ChargeOutcome {
    ChargeOutcome::Declined { code: code.to_owned() }
}

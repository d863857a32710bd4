//! The payment gateway: an attempt has its own id and can be confirmed once, and an idempotency key is honoured until
//! the gateway forgets it.

use std::collections::{BTreeMap, BTreeSet};

use domain::payments::{Charge, ChargeOutcome, GatewayId, Opened, Refund};
use domain::words::id::{AttemptId, OrderId, RefundId};
use domain::words::money::Money;

/// The outcome of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    Good,
    /// Captured immediately; refunded at the second request.
    SlowToRefund,
    Declined,
    AsksTheCustomer,
}

#[derive(Debug, Clone)]
struct Intent {
    order: OrderId,
    amount: Money,
    /// The attempt whose payment method it has.
    attempt: AttemptId,
    /// `None` before confirmation.
    outcome: Option<ChargeOutcome>,
    refunds: BTreeMap<RefundId, i64>,
}

#[derive(Debug, Default)]
pub struct Gateway {
    keys: BTreeMap<AttemptId, GatewayId>,
    intents: BTreeMap<String, Intent>,
    /// The attempts after the first whose payment method was taken.
    prepared: BTreeSet<AttemptId>,
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
}

impl Gateway {
    pub fn open(&mut self, charge: &Charge) -> GatewayId {
        let name = GatewayId::try_new(format!("pi_{}", self.intents.len())).unwrap();
        let known = self.keys.entry(charge.attempt_id).or_insert_with(|| name.clone());
        let (order, amount) = (charge.order_id, charge.amount);
        let intent =
            Intent { order, amount, attempt: charge.attempt_id, outcome: None, refunds: BTreeMap::new() };
        self.intents.entry(known.to_string()).or_insert(intent);
        known.clone()
    }

    /// Takes the payment method of a further attempt, once; returns the outcome if the payment has ended.
    pub fn prepare(&mut self, attempt: &Opened) -> Option<ChargeOutcome> {
        let is_new = self.prepared.insert(attempt.charge.attempt_id);
        let intent = self.intent(&attempt.intent);
        let has_ended =
            intent.outcome == Some(ChargeOutcome::Captured) || intent.outcome == Some(declined("canceled"));
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
        let outcome = match card {
            Card::Good | Card::SlowToRefund => ChargeOutcome::Captured,
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
        (is_latest || intent.outcome == Some(ChargeOutcome::Captured)).then(|| intent.outcome.clone())
    }

    /// A cancelled attempt captures nothing, even if it is confirmed afterwards.
    pub fn cancel(&mut self, attempt: &Opened) -> Cancellation {
        let intent = self.intent(&attempt.intent);
        if intent.outcome == Some(ChargeOutcome::Captured) {
            return Cancellation::TooLate;
        }
        intent.outcome = Some(declined("canceled"));
        Cancellation::Cancelled
    }

    pub fn refund(&mut self, refund: &Refund, card: Card) -> Refunding {
        if card == Card::SlowToRefund && refund.taken_on.is_none() {
            return Refunding::TakenOn(refund_name(refund.refund_id));
        }
        let intent = self.intent(&refund.intent);
        assert_eq!(intent.outcome, Some(ChargeOutcome::Captured));
        intent.refunds.insert(refund.refund_id, refund.amount.amount());
        Refunding::Done
    }

    /// Confirms the customer's action at the bank.
    pub fn customer_confirms(&mut self, order: OrderId) {
        for intent in self.intents.values_mut().filter(|intent| intent.order == order) {
            if intent.outcome == Some(ChargeOutcome::ActionRequired) {
                intent.outcome = Some(ChargeOutcome::Captured);
            }
        }
    }

    /// Forgets all idempotency keys, as a gateway does after a day.
    pub fn forget_keys(&mut self) {
        self.keys.clear();
    }

    /// Returns the amounts captured for an order.
    pub fn taken(&self, order: OrderId) -> Vec<i64> {
        self.charges(order).map(|intent| intent.amount.amount()).collect()
    }

    /// Returns the amount refunded for an order.
    pub fn refunded(&self, order: OrderId) -> i64 {
        self.charges(order).flat_map(|intent| intent.refunds.values()).sum()
    }

    fn charges(&self, order: OrderId) -> impl Iterator<Item = &Intent> {
        let is_charge =
            move |intent: &&Intent| intent.order == order && intent.outcome == Some(ChargeOutcome::Captured);
        self.intents.values().filter(is_charge)
    }

    fn intent(&mut self, id: &GatewayId) -> &mut Intent {
        self.intents.get_mut(id.as_ref()).expect("an attempt that was opened")
    }
}

fn refund_name(id: RefundId) -> GatewayId {
    GatewayId::try_new(id.to_string()).unwrap()
}

fn declined(code: &str) -> ChargeOutcome {
    ChargeOutcome::Declined { code: code.to_owned() }
}

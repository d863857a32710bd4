//! The payment of one order: `pending → captured`, or `failed`, `action_required`, `voided`, `refunded`.
//!
//! The order's events may come in any order and more than once, and an answer of the payment gateway may be lost. So every
//! decision here says nothing new (`None`) about what is known, and [`Payment::due`] says what is to be done at the
//! gateway: whoever takes a payment up, after whatever failure, goes on from there.
//!
//! The gateway is told of an attempt before it may take any money (`opened`), and what it calls the attempt is written
//! down first. So nothing is ever confirmed that nobody could ask the gateway about later.

mod command;
mod due;
pub mod ledger;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{
    OrderPlaced, OrderSummary, PaymentEvent, PaymentFailed, PaymentOutcome, RefundSucceeded,
};
use crate::payments::ledger::{Account, Posting};
use crate::refusals;
use crate::words::hold::is_too_late_to_pay;
use crate::words::id::{AttemptId, OrderId, PaymentId, RefundId, UserId};
use crate::words::money::Money;
use crate::words::payment_method::PaymentMethod;

pub use command::Command;
pub use due::{Charge, ChargeOutcome, Due, GatewayId, GatewayIdError, Opened, Refund};

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The attempt is at the gateway, and its outcome is not known.
    Pending,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// The money is taken.
    Captured,
    /// The attempt was declined.
    Failed,
    /// The order ended, and nothing was taken.
    Voided,
    /// What was taken is given back.
    Refunded,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The payment of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id, derived from the order's.
    pub payment_id: PaymentId,
    /// The order.
    pub order_id: OrderId,
    /// Whose order.
    pub user_id: UserId,
    /// How much is to be taken.
    pub amount: Money,
    /// What to charge. Not known when the order ended before it was heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// Until when the order's stock is held. Some time after that nothing is taken for it any more, whatever is or is not
    /// heard of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// Where it is.
    pub status: PaymentStatus,
    /// The current attempt, derived from the payment and the attempt's number: what idempotency keys are made of.
    pub attempt_id: AttemptId,
    /// The current attempt's number, from 1.
    pub attempt: u32,
    /// What the gateway calls the attempt, once it was told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<GatewayId>,
    /// How often the gateway was asked to confirm the attempt.
    pub tries: u32,
    /// Whether the order has ended: what is not taken yet must not be, and what is taken goes back.
    pub cancel_requested: bool,
    /// What was taken.
    pub captured: Money,
    /// What was given back of it.
    pub refunded: Money,
    /// What the gateway calls the refund that it has taken on and is not done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<GatewayId>,
    /// Why the attempt was declined, in the gateway's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a decision leaves: the payment as it is now, what happened, and what moved in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub payment: Payment,
    /// What to tell the other services.
    pub event: Option<PaymentEvent>,
    /// What to post.
    pub posting: Option<Posting>,
}

refusals! {
    /// Why a payment was not shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum PaymentRefusal {
        /// The payment does not exist, or it is another customer's.
        #[error("payment not found")]
        NotFound => NotFound, "payment_not_found", "Check the id. The payment exists once the order has been processed.";
    }
}

impl Payment {
    /// Begins to pay an order: its first attempt, to be written before it is put to the gateway. Of an order that is heard
    /// of too late to be paid, nothing will be charged.
    #[must_use]
    pub fn begin(placed: &OrderPlaced, now: Timestamp) -> Self {
        if is_too_late_to_pay(placed.held_until, now) {
            return Self::void_before_start(&placed.order, now);
        }
        Self {
            payment_method: Some(placed.payment_method.clone()),
            held_until: Some(placed.held_until),
            status: PaymentStatus::Pending,
            cancel_requested: false,
            ..Self::void_before_start(&placed.order, now)
        }
    }

    /// The order ended before it was heard of: when that is made up for, nothing will be charged.
    #[must_use]
    pub fn void_before_start(order: &OrderSummary, now: Timestamp) -> Self {
        let payment_id = PaymentId::of(order.order_id);
        Self {
            payment_id,
            order_id: order.order_id,
            user_id: order.user_id,
            amount: order.total,
            payment_method: None,
            held_until: None,
            status: PaymentStatus::Voided,
            attempt_id: AttemptId::derived_from(&[&payment_id.to_string(), "1"]),
            attempt: 1,
            intent: None,
            tries: 0,
            cancel_requested: true,
            captured: order.total.nothing_of(),
            refunded: order.total.nothing_of(),
            refund: None,
            decline_code: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether this version knows the state that it is in.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.status != PaymentStatus::Unknown
    }

    /// What is to be done at the gateway, if anything.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        match (self.status, self.cancel_requested) {
            (PaymentStatus::Pending, false) if self.intent.is_none() => self.charge().map(Due::Open),
            (PaymentStatus::Pending, false) => self.at_gateway().map(Due::Confirm),
            (PaymentStatus::Pending | PaymentStatus::ActionRequired, true) => {
                self.at_gateway().map(Due::Cancel)
            }
            (PaymentStatus::Captured, true) => self.refund_of_all().map(Due::Refund),
            _ => None,
        }
    }

    /// The gateway knows of the attempt, as `intent`: to be written before it is confirmed. `None` when it is known by
    /// another name already, or no longer to be charged; then this one must never be confirmed.
    #[must_use]
    pub fn opened(&self, intent: GatewayId, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Open(_)));
        due.then(|| Self { intent: Some(intent), tries: 1, updated_at: now, ..self.clone() }.quietly())
    }

    /// Counts one more try to confirm the attempt, to be written before the gateway is asked again. `None` when the
    /// attempt is no longer to be charged.
    #[must_use]
    pub fn try_again(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Confirm(_)));
        due.then(|| Self { tries: self.tries.saturating_add(1), updated_at: now, ..self.clone() }.quietly())
    }

    /// Takes in what the gateway said of the attempt. Money that was taken is never overlooked: where the payment had
    /// been given up already, it is due back. An attempt that the gateway was not told of can only be declined.
    #[must_use]
    pub fn settle(&self, outcome: ChargeOutcome, now: Timestamp) -> Option<Change> {
        use PaymentStatus::{ActionRequired, Captured, Failed, Pending, Refunded, Voided};
        let to = |status| Self { status, updated_at: now, ..self.clone() };
        match (self.status, outcome) {
            (Captured | Refunded | PaymentStatus::Unknown, _) => None,
            (_, ChargeOutcome::Captured | ChargeOutcome::ActionRequired) if self.intent.is_none() => None,
            (_, ChargeOutcome::Captured) => Some(self.capture(now)),
            // The order has ended: its customer is not asked for anything, nor told that it failed.
            (Pending, ChargeOutcome::ActionRequired) if self.cancel_requested => {
                Some(to(ActionRequired).quietly())
            }
            (Pending | ActionRequired, ChargeOutcome::Declined { code }) if self.cancel_requested => {
                Some(Self { decline_code: Some(code), ..to(Voided) }.quietly())
            }
            (Pending, ChargeOutcome::ActionRequired) => {
                let payment = to(ActionRequired);
                let event = PaymentEvent::ActionRequired(payment.outcome());
                Some(payment.with(event, None))
            }
            (Pending | ActionRequired, ChargeOutcome::Declined { code }) => {
                let payment = Self { decline_code: Some(code.clone()), ..to(Failed) };
                let event =
                    PaymentEvent::Failed(PaymentFailed { outcome: payment.outcome(), decline_code: code });
                Some(payment.with(event, None))
            }
            (ActionRequired | Failed | Voided, _) => None,
        }
    }

    /// The order has ended. What the gateway was not told of is void at once: whoever is telling it now finds that out
    /// before they confirm. For the rest, [`Payment::due`] says what is to be done.
    #[must_use]
    pub fn cancel(&self, now: Timestamp) -> Option<Change> {
        use PaymentStatus::{ActionRequired, Captured, Failed, Pending, Refunded, Voided};
        let status = match self.status {
            Pending if self.intent.is_none() => Voided,
            Pending | ActionRequired | Captured if !self.cancel_requested => self.status,
            Failed => Voided,
            Pending | ActionRequired | Captured | Voided | Refunded | PaymentStatus::Unknown => return None,
        };
        Some(Self { status, cancel_requested: true, updated_at: now, ..self.clone() }.quietly())
    }

    /// Gives up an attempt that is still to be confirmed when it is too late for the order to be paid: it has ended, though
    /// that may never be heard of here. To be asked before [`Payment::due`]. Whether somebody has confirmed it after all is
    /// found out by cancelling it.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Option<Change> {
        let is_too_late = self.held_until.is_some_and(|held_until| is_too_late_to_pay(held_until, now));
        match self.due() {
            Some(Due::Open(_) | Due::Confirm(_)) if is_too_late => self.cancel(now),
            _ => None,
        }
    }

    /// The gateway says that the attempt takes nothing any more.
    #[must_use]
    pub fn voided(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Cancel(_)));
        due.then(|| Self { status: PaymentStatus::Voided, updated_at: now, ..self.clone() }.quietly())
    }

    /// The gateway has taken the refund on, as `refund`, and is not done with it.
    #[must_use]
    pub fn refund_taken_on(&self, refund: GatewayId, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Refund(_))) && self.refund.as_ref() != Some(&refund);
        due.then(|| Self { refund: Some(refund), updated_at: now, ..self.clone() }.quietly())
    }

    /// The gateway says that the money is given back.
    #[must_use]
    pub fn refunded(&self, now: Timestamp) -> Option<Change> {
        let Some(Due::Refund(refund)) = self.due() else { return None };
        let payment = Self {
            status: PaymentStatus::Refunded,
            refunded: self.captured,
            updated_at: now,
            ..self.clone()
        };
        let (debit, credit) = (Account::CustomerOrders, Account::GatewayReceivable);
        let posting = Posting::transfer(refund.refund_id.to_string(), debit, credit, refund.amount, now);
        let event = PaymentEvent::RefundSucceeded(RefundSucceeded {
            refund_id: refund.refund_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: refund.amount,
        });
        Some(payment.with(event, Some(posting)))
    }

    fn capture(&self, now: Timestamp) -> Change {
        let payment = Self {
            status: PaymentStatus::Captured,
            captured: self.amount,
            decline_code: None,
            updated_at: now,
            ..self.clone()
        };
        let (debit, credit) = (Account::GatewayReceivable, Account::CustomerOrders);
        let posting = Posting::transfer(self.attempt_id.to_string(), debit, credit, self.amount, now);
        let event = PaymentEvent::Captured(payment.outcome());
        payment.with(event, Some(posting))
    }

    fn charge(&self) -> Option<Charge> {
        Some(Charge {
            attempt_id: self.attempt_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            amount: self.amount,
            payment_method: self.payment_method.clone()?,
            tries: self.tries,
        })
    }

    fn at_gateway(&self) -> Option<Opened> {
        Some(Opened { intent: self.intent.clone()?, charge: self.charge()? })
    }

    fn refund_of_all(&self) -> Option<Refund> {
        // One refund of the whole: whoever asks for it, and however often, asks for the same one.
        Some(Refund {
            refund_id: RefundId::derived_from(&[&self.payment_id.to_string(), "order_ended"]),
            payment_id: self.payment_id,
            order_id: self.order_id,
            intent: self.intent.clone()?,
            amount: self.captured,
            taken_on: self.refund.clone(),
        })
    }

    fn outcome(&self) -> PaymentOutcome {
        PaymentOutcome {
            payment_id: self.payment_id,
            attempt_id: self.attempt_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: self.amount,
        }
    }

    fn with(self, event: PaymentEvent, posting: Option<Posting>) -> Change {
        Change { payment: self, event: Some(event), posting }
    }

    fn quietly(self) -> Change {
        Change { payment: self, event: None, posting: None }
    }
}

#[cfg(test)]
mod tests;

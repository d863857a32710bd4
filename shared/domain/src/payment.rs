//! The payment of one order: `pending → captured`, or `failed`, `action_required`, `voided`, `refunded`.
//!
//! The order's events may come in any order and more than once, and an answer of the payment gateway may be lost. So every
//! decision here says nothing new (`None`) about what is known, and [`Payment::due`] says what is to be done at the
//! gateway: whoever takes a payment up, after whatever failure, goes on from there.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::{Event, OrderPlaced, OrderSummary, PaymentFailed, PaymentOutcome, RefundSucceeded};
use crate::id::{AttemptId, OrderId, PaymentId, RefundId, UserId};
use crate::ledger::{Account, Posting};
use crate::money::Money;
use crate::order::PaymentMethod;
use crate::refusal::{Kind, Refusal};

/// How long a try of an attempt takes at most: somewhat longer than the function that makes it may run (10 s).
pub const ATTEMPT: SignedDuration = SignedDuration::from_secs(15);

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Where it is.
    pub status: PaymentStatus,
    /// The current attempt, derived from the payment and the attempt's number: the gateway's idempotency key.
    pub attempt_id: AttemptId,
    /// The current attempt's number, from 1.
    pub attempt: u32,
    /// How often this attempt was put to the gateway.
    pub tries: u32,
    /// Whether the order has ended: what is not taken yet must not be, and what is taken goes back.
    pub cancel_requested: bool,
    /// What was taken.
    pub captured: Money,
    /// What was given back of it.
    pub refunded: Money,
    /// Why the attempt was declined, in the gateway's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An attempt, as it is put to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The idempotency key.
    pub attempt_id: AttemptId,
    /// How much.
    pub amount: Money,
    /// What to charge.
    pub payment_method: PaymentMethod,
    /// How often it was put to the gateway, this time included.
    pub tries: u32,
}

/// A refund, as it is put to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The idempotency key.
    pub refund_id: RefundId,
    /// The attempt that took the money.
    pub attempt_id: AttemptId,
    /// How much.
    pub amount: Money,
}

/// What is to be done at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Charge the attempt, or find out what became of it.
    Charge(Charge),
    /// Make sure that the attempt takes nothing any more.
    Cancel(Charge),
    /// Give back what was taken.
    Refund(Refund),
}

/// What the gateway says of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money is taken.
    Captured,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Nothing is taken.
    Declined {
        /// Why, in the gateway's words (`card_declined`).
        code: String,
    },
}

/// What a decision leaves: the payment as it is now, what happened, and what moved in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub payment: Payment,
    /// What to tell the other services.
    pub event: Option<Event>,
    /// What to post.
    pub posting: Option<Posting>,
}

/// Why a payment was not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefusal {
    /// There is no such payment, or it is another's.
    #[error("there is no such payment")]
    NotFound,
}

impl Refusal for PaymentRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "payment_not_found",
        }
    }
}

impl Payment {
    /// The id of an order's payment.
    #[must_use]
    pub fn id_of(order: OrderId) -> PaymentId {
        PaymentId::derived_from(&[&order.to_string()])
    }

    /// Begins to pay an order: its first attempt, to be written before it is put to the gateway.
    #[must_use]
    pub fn begin(placed: &OrderPlaced, now: Timestamp) -> Self {
        Self {
            payment_method: Some(placed.payment_method.clone()),
            status: PaymentStatus::Pending,
            tries: 1,
            cancel_requested: false,
            ..Self::void_before_start(&placed.order, now)
        }
    }

    /// The order ended before it was heard of: when that is made up for, nothing will be charged.
    #[must_use]
    pub fn void_before_start(order: &OrderSummary, now: Timestamp) -> Self {
        let payment_id = Self::id_of(order.order_id);
        Self {
            payment_id,
            order_id: order.order_id,
            user_id: order.user_id,
            amount: order.total,
            payment_method: None,
            status: PaymentStatus::Voided,
            attempt_id: AttemptId::derived_from(&[&payment_id.to_string(), "1"]),
            attempt: 1,
            tries: 0,
            cancel_requested: true,
            captured: order.total.nothing_of(),
            refunded: order.total.nothing_of(),
            decline_code: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// What is to be done at the gateway, if anything.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        match (self.status, self.cancel_requested) {
            (PaymentStatus::Pending, false) => self.charge().map(Due::Charge),
            (PaymentStatus::Pending | PaymentStatus::ActionRequired, true) => self.charge().map(Due::Cancel),
            (PaymentStatus::Captured, true) => Some(Due::Refund(self.refund())),
            _ => None,
        }
    }

    /// Counts one more try of the attempt, to be written before the gateway is asked again. `None` when the attempt is
    /// no longer to be charged.
    #[must_use]
    pub fn try_again(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Charge(_)));
        due.then(|| Self { tries: self.tries.saturating_add(1), updated_at: now, ..self.clone() }.quietly())
    }

    /// Takes in what the gateway said of the attempt. Money that was taken is never overlooked: where the payment had
    /// been given up already, it is due back.
    #[must_use]
    pub fn settle(&self, outcome: ChargeOutcome, now: Timestamp) -> Option<Change> {
        use PaymentStatus::{ActionRequired, Captured, Failed, Pending, Refunded, Voided};
        let to = |status| Self { status, updated_at: now, ..self.clone() };
        match (self.status, outcome) {
            (Captured | Refunded, _) => None,
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
                let event = Event::PaymentActionRequired(payment.outcome());
                Some(payment.with(event, None))
            }
            (Pending | ActionRequired, ChargeOutcome::Declined { code }) => {
                let payment = Self { decline_code: Some(code.clone()), ..to(Failed) };
                let event =
                    Event::PaymentFailed(PaymentFailed { outcome: payment.outcome(), decline_code: code });
                Some(payment.with(event, None))
            }
            (ActionRequired | Failed | Voided, _) => None,
        }
    }

    /// Whether somebody may be charging the attempt at this moment. Later, whoever did has failed, and may not come back:
    /// their message is in the dead-letter queue.
    #[must_use]
    pub fn is_being_charged(&self, now: Timestamp) -> bool {
        self.status == PaymentStatus::Pending && now < self.updated_at + ATTEMPT
    }

    /// The order has ended. What [is being charged](Self::is_being_charged) is left to whoever does, and they give back at
    /// once what they take; for the rest, [`Payment::due`] says what is to be done.
    #[must_use]
    pub fn cancel(&self, now: Timestamp) -> Option<Change> {
        use PaymentStatus::{ActionRequired, Captured, Failed, Pending, Refunded, Voided};
        let status = match self.status {
            Pending | ActionRequired | Captured if !self.cancel_requested => self.status,
            Failed => Voided,
            Pending | ActionRequired | Captured | Voided | Refunded => return None,
        };
        Some(Self { status, cancel_requested: true, updated_at: now, ..self.clone() }.quietly())
    }

    /// The gateway says that the attempt takes nothing any more.
    #[must_use]
    pub fn voided(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Cancel(_)));
        due.then(|| Self { status: PaymentStatus::Voided, updated_at: now, ..self.clone() }.quietly())
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
        let event = Event::RefundSucceeded(RefundSucceeded {
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
        let event = Event::PaymentCaptured(payment.outcome());
        payment.with(event, Some(posting))
    }

    fn charge(&self) -> Option<Charge> {
        let payment_method = self.payment_method.clone()?;
        Some(Charge { attempt_id: self.attempt_id, amount: self.amount, payment_method, tries: self.tries })
    }

    fn refund(&self) -> Refund {
        // One refund of the whole: whoever asks for it, and however often, asks for the same one.
        let refund_id = RefundId::derived_from(&[&self.payment_id.to_string(), "order_ended"]);
        Refund { refund_id, attempt_id: self.attempt_id, amount: self.captured }
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

    fn with(self, event: Event, posting: Option<Posting>) -> Change {
        Change { payment: self, event: Some(event), posting }
    }

    fn quietly(self) -> Change {
        Change { payment: self, event: None, posting: None }
    }
}

#[cfg(test)]
mod tests;

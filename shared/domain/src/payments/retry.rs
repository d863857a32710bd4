//! Further attempts of a declined payment, with another payment method.

use jiff::Timestamp;

use super::declines::Declines;
use super::{Change, Payment, PaymentStatus};
use crate::events::PaymentEvent;
use crate::refusals;
use crate::words::id::{AttemptId, PaymentId};
use crate::words::payment_method::PaymentMethod;

/// Maximum number of attempts of a payment.
pub const MAX_ATTEMPTS: u32 = 5;

refusals! {
    /// Why a payment was not attempted again.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum RetryRefusal {
        /// The payment is captured or authorised, or its latest attempt is not declined.
        #[error("the payment was not declined")]
        NotRetryable => Conflict, "payment_not_retryable", "Read the payment: it is paid, or its outcome is not known yet.";
        /// The order has ended: it was cancelled, or not paid in time.
        #[error("the order has ended")]
        OrderEnded => Conflict, "order_ended", "Place a new order.";
        /// The payment was attempted five times.
        #[error("too many attempts to pay this order")]
        TooManyAttempts => TooMany, "too_many_attempts", "Place a new order, with another payment method.";
        /// Ten of the customer's attempts to pay were declined within 24 hours.
        #[error("too many declined payments; try again tomorrow")]
        TooManyDeclines => TooMany, "too_many_declines",
            "Do not try further payment methods. Paying is possible again 24 hours after the first of the declined payments.";
    }
}

impl Payment {
    /// Begins another attempt with another payment method, to be stored before it is sent to the gateway. `declines` are
    /// those of its customer; attempts under way are not among them, so that a few more may follow.
    ///
    /// # Errors
    /// If the latest attempt was not declined, the order has ended, or there were too many attempts.
    pub fn retry(
        &self,
        method: PaymentMethod,
        declines: Option<&Declines>,
        now: Timestamp,
    ) -> Result<Change, RetryRefusal> {
        use PaymentStatus::{ActionRequired, Authorized, Captured, Failed, Pending};
        use PaymentStatus::{RefundFailed, Refunded, Voided};
        match self.status {
            Authorized | Captured | Refunded | RefundFailed | PaymentStatus::Unknown => {
                return Err(RetryRefusal::NotRetryable);
            }
            Voided => return Err(RetryRefusal::OrderEnded),
            Failed | Pending | ActionRequired if self.cancel_requested || self.is_too_late(now) => {
                return Err(RetryRefusal::OrderEnded);
            }
            Pending | ActionRequired => return Err(RetryRefusal::NotRetryable),
            Failed => {}
        }
        if self.attempt >= MAX_ATTEMPTS {
            return Err(RetryRefusal::TooManyAttempts);
        }
        if declines.is_some_and(|declines| declines.are_too_many(now)) {
            return Err(RetryRefusal::TooManyDeclines);
        }
        let attempt = self.attempt + 1;
        let payment = Self {
            status: PaymentStatus::Pending,
            attempt_id: attempt_id(self.payment_id, attempt),
            attempt,
            payment_method: Some(method),
            tries: 0,
            decline_code: None,
            updated_at: now,
            ..self.clone()
        };
        let event = PaymentEvent::Retried(payment.outcome());
        Ok(payment.with(event, None))
    }
}

/// Returns the id of an attempt, by its number.
pub(super) fn attempt_id(payment: PaymentId, attempt: u32) -> AttemptId {
    AttemptId::derived_from(&[&payment.to_string(), &attempt.to_string()])
}

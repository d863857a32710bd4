//! The payment gateway: [`Stripe`] is the real one, [`Sandbox`] the one that needs no account.

pub mod disputes;
pub mod payouts;
pub mod refunds;
pub mod sandbox;
pub mod stripe;
pub mod wallet;

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use domain::payments::{Capture, Charge, ChargeOutcome, GatewayId, Opened, Refund};
use edge::{Connect, Environment, InitError};
use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::gateway::disputes::Disputes;
use crate::gateway::payouts::Payouts;
use crate::gateway::refunds::FailedRefunds;
use crate::gateway::sandbox::Sandbox;
use crate::gateway::stripe::Stripe;
use crate::gateway::wallet::Wallet;

/// The environment variable that names the gateway.
const VARIABLE: &str = "PAYMENT_GATEWAY";

/// What a payment gateway has to do. Every call may be repeated, at any distance, and two may run concurrently: an attempt is
/// confirmed once, and what it captured is refunded once, however often that is requested.
pub trait PaymentGateway: Wallet + Disputes + Payouts + FailedRefunds + fmt::Debug + Send + Sync {
    /// Opens a payment with its first attempt. That takes nothing yet.
    fn open<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Opening, GatewayError>>;

    /// Gives a payment that was opened the payment method of a further attempt. That takes nothing yet.
    fn prepare<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Preparation, GatewayError>>;

    /// Confirms an attempt, which captures the money, or authorises it if it is captured parcel by parcel. An attempt that was cancelled
    /// captures nothing.
    fn confirm<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>>;

    /// Returns the outcome of an attempt; `None` when it is not confirmed.
    fn look_up<'a>(
        &'a self,
        attempt: &'a Opened,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>>;

    /// Returns what the customer needs to confirm an attempt with their bank; `None` if there is nothing to confirm.
    fn action<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Option<Action>, GatewayError>>;

    /// Captures a part of what an attempt has authorised, or releases the rest.
    fn capture<'a>(&'a self, capture: &'a Capture) -> BoxFuture<'a, Result<Capturing, GatewayError>>;

    /// Cancels an attempt, so that it never captures anything. What it has authorised is released.
    fn cancel<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Cancellation, GatewayError>>;

    /// Refunds what an attempt captured.
    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<Refunding, GatewayError>>;
}

/// The outcome of opening an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The gateway knows it by this name.
    Opened(GatewayId),
    /// The gateway does not accept it, and only the customer can change that: the payment method does not exist.
    Declined {
        /// Why, in the gateway's words.
        code: String,
    },
}

/// The outcome of preparing a further attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preparation {
    /// It can be confirmed.
    Prepared,
    /// It cannot: the payment has ended at the gateway, or the gateway does not accept the payment method.
    Settled(ChargeOutcome),
}

/// What a customer needs to do something at the gateway: to confirm an attempt with their bank, or to save a payment method.
/// Whoever knows it can act for the customer, so it is neither stored nor logged.
#[derive(Debug, Clone)]
pub struct Action {
    /// What the gateway's script in the customer's browser needs.
    pub client_secret: SecretString,
    /// The page on which the customer does it, if it can be opened without that script.
    pub redirect_url: Option<SecretString>,
}

/// The outcome of cancelling an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It captured nothing, and never will.
    Cancelled,
    /// It has captured the money.
    TooLate,
}

/// The outcome of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capturing {
    /// The money is captured, and the rest is released if it was the last.
    Done,
    /// The authorisation has ended, and nothing more will be captured.
    Ended {
        /// Why, in the gateway's words.
        reason: String,
    },
}

/// The outcome of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refunding {
    /// The money is on its way back to the customer.
    Done,
    /// The gateway knows it by this name, and has not completed it.
    Pending(GatewayId),
    /// The gateway refunds nothing, because the payment is disputed.
    Disputed,
    /// The gateway could not deliver it, and will not try again.
    Failed {
        /// Why, in the gateway's words.
        reason: String,
    },
}

/// The gateway gave no conclusive answer. None of these tells whether money has moved.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It did not answer, or not in time.
    #[error("the payment gateway did not answer; the outcome of the request is unknown")]
    NoAnswer(#[source] Box<dyn StdError + Send + Sync>),
    /// It did nothing: there are too many requests, or another one holds the same attempt.
    #[error("the payment gateway is busy ({0}); try again")]
    Busy(String),
    /// It failed, and may have acted before that.
    #[error("the payment gateway failed ({0}); the outcome of the request is unknown")]
    Failed(String),
    /// It has not decided yet.
    #[error("the payment gateway is still processing the payment ({0})")]
    Undecided(String),
    /// The shop's API key for it cannot be read; nothing was sent.
    #[error("the payment gateway's API key cannot be read")]
    NoKey(#[source] Box<dyn StdError + Send + Sync>),
    /// It rejects what it should accept: the API key is wrong, a permission is missing, or the request has a mistake. A retry does
    /// not help; a person has to look. It never counts as declined.
    #[error("the payment gateway rejected the request: {status} {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The gateway's code or type of error.
        code: String,
        /// The gateway's message.
        message: String,
    },
    /// Its record of an attempt is not what the shop has made: another amount, currency or attempt, or test mode in
    /// production. Nothing is booked; a person has to look.
    #[error("the payment gateway's record of {attempt} differs: {differences}")]
    Mismatch {
        /// The gateway's id for the attempt.
        attempt: String,
        /// What differs.
        differences: String,
    },
    /// The shop's API key for it belongs to another stage; nothing was sent.
    #[error("the payment gateway's API key is for another stage: {0}")]
    WrongKey(&'static str),
    /// Its answer is not one that its API documents.
    #[error("the payment gateway's answer is invalid: {0}")]
    InvalidAnswer(String),
}

/// The gateway that the configuration names.
#[derive(Debug, Clone)]
pub struct Gateway(Arc<dyn PaymentGateway>);

impl Gateway {
    /// A gateway.
    #[must_use]
    pub fn new(gateway: impl PaymentGateway + 'static) -> Self {
        Self(Arc::new(gateway))
    }
}

impl Deref for Gateway {
    type Target = dyn PaymentGateway;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Connect for Gateway {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        match Kind::named(environment.variable(VARIABLE)?)? {
            Kind::Sandbox => Ok(Self::new(Sandbox)),
            Kind::Stripe => Ok(Self::new(Stripe::connect(environment)?)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sandbox,
    Stripe,
}

impl Kind {
    fn named(name: &str) -> Result<Self, InitError> {
        match name {
            "sandbox" => Ok(Self::Sandbox),
            "stripe" => Ok(Self::Stripe),
            other => {
                let reason = format!("unknown payment gateway `{other}`; expected `sandbox` or `stripe`");
                Err(InitError::InvalidVariable { name: VARIABLE, reason })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_gateway_fails_init() {
        assert!(matches!(Kind::named("sandbox"), Ok(Kind::Sandbox)));
        assert!(matches!(Kind::named("stripe"), Ok(Kind::Stripe)));
        let error = Kind::named("paypal").unwrap_err();
        insta::assert_snapshot!(
            error,
            @"the environment variable PAYMENT_GATEWAY is not valid: unknown payment gateway `paypal`; expected `sandbox` or `stripe`"
        );
    }
}

//! The payment gateway, as payments asks it.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use domain::payment::{Charge, ChargeOutcome, GatewayId, Opened, Refund};
use edge::{Connect, Environment, InitError};
use futures::future::BoxFuture;

use crate::sandbox::Sandbox;
use crate::stripe::Stripe;

/// The environment variable that names the gateway.
const VARIABLE: &str = "PAYMENT_GATEWAY";

/// What a payment gateway has to do. Every call may be repeated, at any distance, and two may run at once: an attempt is
/// confirmed once, and what it took is given back once, however often that is asked for.
pub trait PaymentGateway: fmt::Debug + Send + Sync {
    /// Tells of an attempt. That takes nothing yet.
    fn open<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Opening, GatewayError>>;

    /// Confirms an attempt, which takes the money. One that was cancelled takes none.
    fn confirm<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>>;

    /// What became of an attempt; `None` when it is not confirmed.
    fn look_up<'a>(
        &'a self,
        attempt: &'a Opened,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>>;

    /// Makes sure that an attempt takes nothing any more.
    fn cancel<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Cancellation, GatewayError>>;

    /// Gives back what an attempt took.
    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<Refunding, GatewayError>>;
}

/// What came of telling the gateway of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// It knows of it, and calls it so.
    Opened(GatewayId),
    /// It will not take it on, and the customer is who can change that: there is no such payment method.
    Declined {
        /// Why, in the gateway's words.
        code: String,
    },
}

/// What came of cancelling an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It took nothing, and will not.
    Cancelled,
    /// It has taken the money.
    TooLate,
}

/// What came of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refunding {
    /// The money is on its way back.
    Done,
    /// The gateway has taken it on, calls it so, and is not done with it.
    TakenOn(GatewayId),
}

/// The gateway gave no answer that settles anything. None of these says that money has moved, or that it has not.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It did not answer, or not in time.
    #[error("the payment gateway did not answer: what became of the request is not known")]
    NoAnswer(#[source] Box<dyn StdError + Send + Sync>),
    /// It asks for patience: too many requests, or another one is at the same attempt.
    #[error("the payment gateway is busy ({0}); it is asked again")]
    Busy(String),
    /// It failed by a fault of its own, and may have acted.
    #[error("the payment gateway failed ({0}): what became of the request is not known")]
    Failed(String),
    /// It has not made up its mind.
    #[error("the payment gateway is still working on it ({0})")]
    Undecided(String),
    /// It refuses what it should not: a wrong key, a missing right, a mistake in the request. Asking again does not help;
    /// somebody has to look. It never counts as declined.
    #[error("the payment gateway refuses: {status} {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The gateway's code or type of error.
        code: String,
        /// What it says.
        message: String,
    },
    /// Its answer makes no sense.
    #[error("the payment gateway's answer makes no sense: {0}")]
    Nonsense(String),
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
            Kind::Stripe => Ok(Self::new(Stripe::connect(environment).await?)),
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
                let reason =
                    format!("there is no payment gateway `{other}`; there are `sandbox` and `stripe`");
                Err(InitError::InvalidVariable { name: VARIABLE, reason })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_gateway_is_named_at_init() {
        assert!(matches!(Kind::named("sandbox"), Ok(Kind::Sandbox)));
        assert!(matches!(Kind::named("stripe"), Ok(Kind::Stripe)));
        let error = Kind::named("paypal").unwrap_err();
        insta::assert_snapshot!(
            error,
            @"the environment variable PAYMENT_GATEWAY is not valid: there is no payment gateway `paypal`; there are `sandbox` and `stripe`"
        );
    }
}

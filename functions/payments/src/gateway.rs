//! The payment gateway, as payments asks it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use domain::payment::{Charge, ChargeOutcome, Refund};
use edge::{Connect, Environment, InitError};
use futures::future::BoxFuture;

use crate::sandbox::Sandbox;

/// The environment variable that names the gateway.
const VARIABLE: &str = "PAYMENT_GATEWAY";

/// What a payment gateway has to do. Every call may be repeated, and two may run at once: the attempt's and the refund's
/// ids are idempotency keys, so that however often they are sent, money moves once.
pub trait PaymentGateway: fmt::Debug + Send + Sync {
    /// Charges an attempt.
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>>;

    /// What became of an attempt; `None` when the gateway knows nothing of it.
    fn look_up<'a>(
        &'a self,
        charge: &'a Charge,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>>;

    /// Makes sure that an attempt takes nothing any more.
    fn cancel<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Cancellation, GatewayError>>;

    /// Gives back what an attempt took.
    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<(), GatewayError>>;
}

/// What came of cancelling an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It took nothing, and will not.
    Cancelled,
    /// It has taken the money.
    TooLate,
}

/// The gateway gave no answer. That says nothing of whether money has moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// It did not answer in time.
    #[error("the payment gateway did not answer in time: what became of the attempt is not known")]
    Timeout,
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

    fn named(name: &str) -> Result<Self, InitError> {
        match name {
            "sandbox" => Ok(Self::new(Sandbox)),
            other => {
                let reason = format!("there is no payment gateway `{other}`; there is `sandbox`");
                Err(InitError::InvalidVariable { name: VARIABLE, reason })
            }
        }
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
        Self::named(environment.variable(VARIABLE)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_gateway_is_named_at_init() {
        assert!(Gateway::named("sandbox").is_ok());
        let error = Gateway::named("paypal").unwrap_err();
        insta::assert_snapshot!(
            error,
            @"the environment variable PAYMENT_GATEWAY is not valid: there is no payment gateway `paypal`; there is `sandbox`"
        );
    }
}

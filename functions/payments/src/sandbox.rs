//! A payment gateway in the process: what becomes of an attempt is said by the payment method's token, always the same.
//!
//! | token | what becomes of it |
//! |---|---|
//! | `pm_card_visa` | captured |
//! | `pm_card_visa_chargeDeclined` | declined, `generic_decline` |
//! | `pm_card_chargeDeclinedInsufficientFunds` | declined, `insufficient_funds` |
//! | `pm_card_authenticationRequired` | the customer has to confirm |
//! | `pm_sandbox_timeoutBeforeCharge` | the first try is not answered and takes nothing; the second is captured |
//! | `pm_sandbox_timeoutAfterCharge` | captured, but the answer never comes; looking it up tells |
//! | any other | not taken on, `resource_missing` |
//!
//! The `pm_card_…` tokens are Stripe's own (<https://docs.stripe.com/testing>), so that what is tried here means the same
//! there; the laptop's payment gateway knows all of them too.
//!
//! The sandbox keeps nothing, so a function that starts anew knows as much as the one before. Therefore it cannot tell an
//! attempt that it was asked to confirm from one whose function died just before it asked. No money depends on it here; for
//! one that keeps its books, `cargo dev` has Stripe's API in miniature, and Stripe has test mode.

use domain::payment::{Charge, ChargeOutcome, GatewayId, Opened, Refund};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use crate::gateway::{Cancellation, GatewayError, Opening, PaymentGateway, Refunding};

/// The sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

const TIMEOUT_BEFORE_CHARGE: &str = "pm_sandbox_timeoutBeforeCharge";
const TIMEOUT_AFTER_CHARGE: &str = "pm_sandbox_timeoutAfterCharge";

impl PaymentGateway for Sandbox {
    fn open<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Opening, GatewayError>> {
        let opened = || {
            GatewayId::try_new(format!("sandbox_{}", charge.attempt_id))
                .map(Opening::Opened)
                .map_err(|error| GatewayError::Nonsense(error.to_string()))
        };
        ready(match Card::of(charge) {
            Card::Unheard => Ok(Opening::Declined { code: "resource_missing".to_owned() }),
            _ => opened(),
        })
        .boxed()
    }

    fn confirm<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>> {
        ready(outcome(&attempt.charge)).boxed()
    }

    fn look_up<'a>(
        &'a self,
        attempt: &'a Opened,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>> {
        ready(Ok(captured_unheard(&attempt.charge).then_some(ChargeOutcome::Captured))).boxed()
    }

    fn cancel<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Cancellation, GatewayError>> {
        let too_late = captured_unheard(&attempt.charge);
        ready(Ok(if too_late { Cancellation::TooLate } else { Cancellation::Cancelled })).boxed()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Result<Refunding, GatewayError>> {
        ready(Ok(Refunding::Done)).boxed()
    }
}

enum Card {
    Good,
    Declined(&'static str),
    AsksTheCustomer,
    TimesOutBefore,
    TimesOutAfter,
    Unheard,
}

impl Card {
    fn of(charge: &Charge) -> Self {
        match charge.payment_method.as_ref() {
            "pm_card_visa" => Self::Good,
            "pm_card_visa_chargeDeclined" => Self::Declined("generic_decline"),
            "pm_card_chargeDeclinedInsufficientFunds" => Self::Declined("insufficient_funds"),
            "pm_card_authenticationRequired" => Self::AsksTheCustomer,
            TIMEOUT_BEFORE_CHARGE => Self::TimesOutBefore,
            TIMEOUT_AFTER_CHARGE => Self::TimesOutAfter,
            _ => Self::Unheard,
        }
    }
}

fn outcome(charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
    let declined = |code: &str| Ok(ChargeOutcome::Declined { code: code.to_owned() });
    match Card::of(charge) {
        Card::Good => Ok(ChargeOutcome::Captured),
        Card::Declined(code) => declined(code),
        Card::AsksTheCustomer => Ok(ChargeOutcome::ActionRequired),
        Card::TimesOutBefore if charge.tries > 1 => Ok(ChargeOutcome::Captured),
        Card::TimesOutBefore | Card::TimesOutAfter => {
            Err(GatewayError::NoAnswer("the sandbox was told not to".into()))
        }
        Card::Unheard => declined("resource_missing"),
    }
}

/// Whether the attempt has taken the money without saying so.
fn captured_unheard(charge: &Charge) -> bool {
    matches!(Card::of(charge), Card::TimesOutAfter) && charge.tries > 0
}

//! A payment gateway in the process: what becomes of a charge is said by the payment method's token, always the same.
//!
//! | token | what becomes of it |
//! |---|---|
//! | `pm_card_visa` | captured |
//! | `pm_card_visa_chargeDeclined` | declined, `card_declined` |
//! | `pm_card_chargeDeclinedInsufficientFunds` | declined, `insufficient_funds` |
//! | `pm_card_authenticationRequired` | the customer has to confirm |
//! | `pm_sandbox_timeoutBeforeCharge` | the first try is not answered and takes nothing; the second is captured |
//! | `pm_sandbox_timeoutAfterCharge` | captured, but the answer never comes; looking it up tells |
//! | any other | declined, `resource_missing` |
//!
//! The `pm_card_…` tokens are Stripe's own (<https://docs.stripe.com/testing>), so that what is tried here means the same
//! there. The sandbox keeps nothing, so a function that starts anew knows as much as the one before.

use domain::payment::{Charge, ChargeOutcome, Refund};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use crate::gateway::{Cancellation, GatewayError, PaymentGateway};

/// The sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

const TIMEOUT_BEFORE_CHARGE: &str = "pm_sandbox_timeoutBeforeCharge";
const TIMEOUT_AFTER_CHARGE: &str = "pm_sandbox_timeoutAfterCharge";

impl PaymentGateway for Sandbox {
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>> {
        ready(outcome(charge)).boxed()
    }

    fn look_up<'a>(
        &'a self,
        charge: &'a Charge,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>> {
        ready(Ok(captured_unheard(charge).then_some(ChargeOutcome::Captured))).boxed()
    }

    fn cancel<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Cancellation, GatewayError>> {
        let too_late = captured_unheard(charge);
        ready(Ok(if too_late { Cancellation::TooLate } else { Cancellation::Cancelled })).boxed()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Result<(), GatewayError>> {
        ready(Ok(())).boxed()
    }
}

fn outcome(charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
    let declined = |code: &str| Ok(ChargeOutcome::Declined { code: code.to_owned() });
    match token(charge) {
        "pm_card_visa" => Ok(ChargeOutcome::Captured),
        "pm_card_visa_chargeDeclined" => declined("card_declined"),
        "pm_card_chargeDeclinedInsufficientFunds" => declined("insufficient_funds"),
        "pm_card_authenticationRequired" => Ok(ChargeOutcome::ActionRequired),
        TIMEOUT_BEFORE_CHARGE if charge.tries > 1 => Ok(ChargeOutcome::Captured),
        TIMEOUT_BEFORE_CHARGE | TIMEOUT_AFTER_CHARGE => Err(GatewayError::Timeout),
        _ => declined("resource_missing"),
    }
}

/// Whether the attempt has taken the money without saying so. A try is counted before it is made, so an attempt that died
/// in between is taken for one that was charged: here nobody's money depends on it.
fn captured_unheard(charge: &Charge) -> bool {
    token(charge) == TIMEOUT_AFTER_CHARGE && charge.tries > 0
}

fn token(charge: &Charge) -> &str {
    charge.payment_method.as_ref()
}

//! A payment gateway inside the process. The payment method's token determines the outcome of an attempt.
//!
//! | token | outcome |
//! |---|---|
//! | `pm_card_visa` | captured |
//! | `pm_card_visa_chargeDeclined` | declined, `generic_decline` |
//! | `pm_card_chargeDeclinedInsufficientFunds` | declined, `insufficient_funds` |
//! | `pm_card_authenticationRequired` | requires confirmation by the customer's bank |
//! | `pm_card_createDispute` | captured; the payment gateway of `cargo dev` lets the customer dispute it |
//! | `pm_sandbox_usedBefore` | declined on creation, `payment_method_used` |
//! | `pm_sandbox_once_…` | captured; the payment gateway of `cargo dev` accepts each of these once |
//! | `pm_sandbox_timeoutBeforeCharge` | the first try times out and captures nothing; the second captures |
//! | `pm_sandbox_timeoutAfterCharge` | captured, but the answer is lost; a look-up returns the outcome |
//! | `pm_sandbox_saved_<user>` | captured for that user: the one payment method that every user has saved |
//! | any other | declined on creation, `resource_missing` |
//!
//! The `pm_card_…` tokens are Stripe's (<https://docs.stripe.com/testing>) and have the same meaning there. The payment
//! gateway of `cargo dev` knows all of the tokens.
//!
//! An amount that Stripe would not charge is declined on creation, for example with `amount_too_small`.
//!
//! Every user is a customer with one saved payment method, whose token names them. It can neither be removed nor joined by
//! another: there is no page on which a customer could enter one.
//!
//! The sandbox is stateless, so a new process has the same knowledge as the one before. Therefore it cannot distinguish
//! an attempt that it was asked to confirm from one whose function died before asking. This is acceptable because no
//! real money is involved. For a gateway with state, `cargo dev` provides a simulation of Stripe's API, and Stripe has
//! test mode.

use domain::payments::payouts::PayoutReport;
use domain::payments::{Authorized, Capture, Charge, ChargeOutcome, GatewayId, Opened, Refund, SavedMethod};
use domain::words::charge;
use domain::words::id::UserId;
use domain::words::payment_method::PaymentMethod;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use jiff::Timestamp;

use crate::gateway::disputes::{Disputes, FoundDispute};
use crate::gateway::payouts::{FoundPayout, PayoutPart, Payouts};
use crate::gateway::refunds::{FailedRefund, FailedRefunds};
use crate::gateway::wallet::Wallet;
use crate::gateway::{
    Action, Cancellation, Capturing, GatewayError, Opening, PaymentGateway, Preparation, Refunding,
};

/// The sandbox gateway.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

const TIMEOUT_BEFORE_CHARGE: &str = "pm_sandbox_timeoutBeforeCharge";
const TIMEOUT_AFTER_CHARGE: &str = "pm_sandbox_timeoutAfterCharge";
const USED_BEFORE: &str = "pm_sandbox_usedBefore";
const ONCE: &str = "pm_sandbox_once_";
const SAVED: &str = "pm_sandbox_saved_";
const CUSTOMER: &str = "sandbox_cus_";

impl PaymentGateway for Sandbox {
    fn open<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Opening, GatewayError>> {
        let opened = || {
            GatewayId::try_new(format!("sandbox_{}", charge.attempt_id))
                .map(Opening::Opened)
                .map_err(|error| GatewayError::InvalidAnswer(error.to_string()))
        };
        ready(match unacceptable(charge) {
            Some(code) => Ok(Opening::Declined { code: code.to_owned() }),
            None => opened(),
        })
        .boxed()
    }

    fn prepare<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Preparation, GatewayError>> {
        ready(Ok(match unacceptable(&attempt.charge) {
            Some(code) => Preparation::Settled(ChargeOutcome::Declined { code: code.to_owned() }),
            None => Preparation::Prepared,
        }))
        .boxed()
    }

    fn confirm<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>> {
        ready(outcome(&attempt.charge)).boxed()
    }

    fn look_up<'a>(
        &'a self,
        attempt: &'a Opened,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>> {
        let outcome = is_captured_unanswered(&attempt.charge).then(|| charged(&attempt.charge));
        ready(Ok(outcome)).boxed()
    }

    fn action<'a>(&'a self, _: &'a Opened) -> BoxFuture<'a, Result<Option<Action>, GatewayError>> {
        // There is no page, and so nothing that a customer could confirm.
        ready(Ok(None)).boxed()
    }

    fn capture<'a>(&'a self, _: &'a Capture) -> BoxFuture<'a, Result<Capturing, GatewayError>> {
        ready(Ok(Capturing::Done)).boxed()
    }

    fn cancel<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Cancellation, GatewayError>> {
        // What is only authorised is never too late to cancel.
        let is_captured = attempt.charge.capture.is_automatic();
        let too_late = is_captured && is_captured_unanswered(&attempt.charge);
        ready(Ok(if too_late { Cancellation::TooLate } else { Cancellation::Cancelled })).boxed()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Result<Refunding, GatewayError>> {
        ready(Ok(Refunding::Done)).boxed()
    }
}

enum Card {
    Good,
    Declined(&'static str),
    NeedsAction,
    TimesOutBefore,
    TimesOutAfter,
    Used,
    Unknown,
}

impl Card {
    fn of(charge: &Charge) -> Self {
        match charge.payment_method.as_ref() {
            "pm_card_visa" | "pm_card_createDispute" => Self::Good,
            "pm_card_visa_chargeDeclined" => Self::Declined("generic_decline"),
            "pm_card_chargeDeclinedInsufficientFunds" => Self::Declined("insufficient_funds"),
            "pm_card_authenticationRequired" => Self::NeedsAction,
            TIMEOUT_BEFORE_CHARGE => Self::TimesOutBefore,
            TIMEOUT_AFTER_CHARGE => Self::TimesOutAfter,
            USED_BEFORE => Self::Used,
            token if token.starts_with(ONCE) => Self::Good,
            token if charge.customer.as_ref().is_some_and(|customer| is_saved_by(customer, token)) => {
                Self::Good
            }
            _ => Self::Unknown,
        }
    }
}

/// Returns why a charge is declined before it is confirmed, if it is.
fn unacceptable(charge: &Charge) -> Option<&'static str> {
    match (Card::of(charge), charge::check(charge.amount)) {
        (_, Err(refused)) => Some(refused.decline_code()),
        (Card::Unknown, Ok(())) => Some("resource_missing"),
        (Card::Used, Ok(())) => Some("payment_method_used"),
        (_, Ok(())) => None,
    }
}

/// Returns the outcome of a charge that succeeds.
fn charged(charge: &Charge) -> ChargeOutcome {
    if charge.capture.is_automatic() {
        return ChargeOutcome::Captured;
    }
    ChargeOutcome::Authorized(Authorized { capture_before: None, takes_several: true })
}

fn outcome(charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
    let declined = |code: &str| Ok(ChargeOutcome::Declined { code: code.to_owned() });
    match Card::of(charge) {
        Card::Good => Ok(charged(charge)),
        Card::Declined(code) => declined(code),
        Card::NeedsAction => Ok(ChargeOutcome::ActionRequired),
        Card::TimesOutBefore if charge.tries > 1 => Ok(charged(charge)),
        Card::TimesOutBefore | Card::TimesOutAfter => {
            Err(GatewayError::NoAnswer("the sandbox simulates a timeout".into()))
        }
        Card::Used => declined("payment_method_used"),
        Card::Unknown => declined("resource_missing"),
    }
}

/// Returns whether the attempt captured the money but its answer was lost.
fn is_captured_unanswered(charge: &Charge) -> bool {
    matches!(Card::of(charge), Card::TimesOutAfter) && charge.tries > 0
}

/// Nobody disputes what has taken no money.
/// There is no money that could be paid out.
impl Payouts for Sandbox {
    fn payouts_since(&self, _: Timestamp) -> BoxFuture<'_, Result<Vec<FoundPayout>, GatewayError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn part_of_payout<'a>(
        &'a self,
        _: &'a PayoutReport,
        _: Option<&'a GatewayId>,
        _: usize,
    ) -> BoxFuture<'a, Result<PayoutPart, GatewayError>> {
        ready(Ok(PayoutPart { transactions: Vec::new(), is_last: true })).boxed()
    }
}

impl Disputes for Sandbox {
    fn dispute<'a>(&'a self, _: &'a GatewayId) -> BoxFuture<'a, Result<Option<FoundDispute>, GatewayError>> {
        ready(Ok(None)).boxed()
    }

    fn disputes_of<'a>(&'a self, _: &'a GatewayId) -> BoxFuture<'a, Result<Vec<FoundDispute>, GatewayError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn disputes_since(&self, _: Timestamp) -> BoxFuture<'_, Result<Vec<FoundDispute>, GatewayError>> {
        ready(Ok(Vec::new())).boxed()
    }
}

impl FailedRefunds for Sandbox {
    fn failed_refund<'a>(
        &'a self,
        _: &'a GatewayId,
    ) -> BoxFuture<'a, Result<Option<FailedRefund>, GatewayError>> {
        ready(Ok(None)).boxed()
    }

    fn refunds_failed_since(&self, _: Timestamp) -> BoxFuture<'_, Result<Vec<FailedRefund>, GatewayError>> {
        ready(Ok(Vec::new())).boxed()
    }
}

impl Wallet for Sandbox {
    fn create_customer(&self, user: UserId) -> BoxFuture<'_, Result<GatewayId, GatewayError>> {
        let id = GatewayId::try_new(format!("{CUSTOMER}{user}"));
        ready(id.map_err(|error| GatewayError::InvalidAnswer(error.to_string()))).boxed()
    }

    fn delete_customer<'a>(&'a self, _: &'a GatewayId) -> BoxFuture<'a, Result<(), GatewayError>> {
        ready(Ok(())).boxed()
    }

    fn set_up<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<Action, GatewayError>> {
        let client_secret = format!("seti_{customer}_secret_sandbox").into();
        ready(Ok(Action { client_secret, redirect_url: None })).boxed()
    }

    fn saved<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<Vec<SavedMethod>, GatewayError>> {
        ready(Ok(saved_by(customer).into_iter().collect())).boxed()
    }

    fn find_saved<'a>(
        &'a self,
        customer: &'a GatewayId,
        method: &'a PaymentMethod,
    ) -> BoxFuture<'a, Result<Option<SavedMethod>, GatewayError>> {
        ready(Ok(saved_by(customer).filter(|saved| saved.payment_method == *method))).boxed()
    }

    fn detach<'a>(&'a self, _: &'a PaymentMethod) -> BoxFuture<'a, Result<(), GatewayError>> {
        ready(Ok(())).boxed()
    }
}

/// Returns the payment method that a customer has saved.
fn saved_by(customer: &GatewayId) -> Option<SavedMethod> {
    let user = customer.as_ref().strip_prefix(CUSTOMER)?;
    let payment_method = PaymentMethod::try_new(format!("{SAVED}{user}")).ok()?;
    let (brand, last4) = ("visa".to_owned(), "4242".to_owned());
    Some(SavedMethod { payment_method, brand, last4, exp_month: 12, exp_year: 2034 })
}

fn is_saved_by(customer: &GatewayId, token: &str) -> bool {
    saved_by(customer).is_some_and(|saved| saved.payment_method.as_ref() == token)
}

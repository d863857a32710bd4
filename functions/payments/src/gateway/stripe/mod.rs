//! Stripe (<https://docs.stripe.com/api>): a payment is a PaymentIntent, confirmed by a separate call. A further attempt
//! updates it with another payment method, so that at most one attempt captures anything.
//!
//! The PaymentIntent's id is known before anything is captured, so the outcome of an attempt is always one `GET` away, which is
//! strongly consistent; Stripe's search lags behind and is not used. Idempotency keys are derived from the ids of the attempt and
//! the refund. Stripe forgets them after 24 hours, and nothing here depends on them for longer: Stripe itself confirms a
//! PaymentIntent once, and a refund is looked for before it is made.
//!
//! | Stripe answers | then |
//! |---|---|
//! | nothing in time, or the connection broke | unknown: looked up later |
//! | 409, 429 (a lock, a key in use, too many requests) | it did nothing: retried immediately, then later |
//! | 5xx, 424 | it may have acted: looked up later |
//! | 402, or a payment method, amount or currency that it does not accept | declined |
//! | `payment_intent_unexpected_state` | the PaymentIntent is read for its state |
//! | `charge_already_refunded` | refunded |
//! | `charge_disputed` | the disputes of the payment are read, and the refund waits |
//! | a refund that is `failed` or `canceled` | failed: an operator has to pay the customer in another way |
//! | 401 | the key is read again, as it may have been rotated; if it is the same, rejected |
//! | 403, any other 4xx | rejected: the message fails, loudly |
//! | a later attempt than the one that was asked about, and not captured | unknown: the shop looks again |
//! | another amount, currency, mode or payment than the shop has sent | nothing is booked: the message fails, loudly |

mod answer;
mod authorization;
mod capturing;
mod disputes;
mod key;
mod lists;
mod objects;
mod payouts;
mod refunds;
mod request;
mod wallet;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;
use backon::{ExponentialBuilder, Retryable};
use domain::payments::{Capture, Charge, ChargeOutcome, Opened, Refund};
use domain::words::charge;
use edge::timeouts::PAYMENT_GATEWAY;
use edge::{Environment, InitError, Outside, Pace};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use telemetry::STAGE;

use crate::gateway::{
    Action, Cancellation, Capturing, GatewayError, Opening, PaymentGateway, Preparation, Refunding,
};
use crate::pages::Pages;
use answer::{Answer, Refusal};
use key::ApiKey;
use objects::{Intent, IntentStatus, RefundObject, RefundStatus, amount};
use request::{Ask, key_of, read, request};

pub use objects::Mode;

/// The version of the API that this is written for. In another version the same words may mean something else.
const VERSION: &str = "2026-09-30.endive";

/// The variable of the account's limit: how many requests Stripe accepts per second (<https://docs.stripe.com/rate-limits>).
const RATE: &str = "STRIPE_REQUESTS_PER_SECOND";

/// The variable of how many processes share it.
const PROCESSES: &str = "STRIPE_PROCESSES";

/// Stripe.
#[derive(Debug, Clone)]
pub struct Stripe {
    api: Outside,
    key: Arc<ApiKey>,
    mode: Mode,
    pace: Pace,
    /// The shop's pages, to which a customer returns.
    pages: Option<Pages>,
}

impl Stripe {
    /// Stripe at `STRIPE_API_URL`, with the key in the secret `STRIPE_SECRET_ARN`.
    ///
    /// # Errors
    /// When a variable is missing, or the trust store cannot be read.
    pub fn connect(environment: &Environment) -> Result<Self, InitError> {
        let api = Outside::connect(environment, "STRIPE_API_URL")?;
        let stripe = Self::with_secret(api, environment.aws(), environment.variable("STRIPE_SECRET_ARN")?);
        let (mode, pace) =
            (Mode::of_stage(environment.variable(STAGE)?), Pace::part(environment, RATE, PROCESSES)?);
        Ok(Self { mode, pace, pages: Some(Pages::of(environment)?), ..stripe })
    }

    /// Stripe's API in test mode, with the key in the secret `arn`.
    #[must_use]
    pub fn with_secret(api: Outside, aws: &SdkConfig, arn: &str) -> Self {
        Self::in_test_mode(api, ApiKey::stored(aws, arn))
    }

    /// Stripe's API in test mode, with a key.
    #[must_use]
    pub fn new(api: Outside, key: SecretString) -> Self {
        Self::in_test_mode(api, ApiKey::Known(Arc::new(key)))
    }

    fn in_test_mode(api: Outside, key: ApiKey) -> Self {
        Self { api, key: Arc::new(key), mode: Mode::Test, pace: Pace::unlimited(), pages: None }
    }

    /// The same in another mode.
    #[must_use]
    pub fn in_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The same, with pages to which a customer returns.
    #[must_use]
    pub fn returning_to(self, pages: Pages) -> Self {
        Self { pages: Some(pages), ..self }
    }

    /// The same, with at most so many requests per second.
    #[must_use]
    pub fn at_most(self, requests_per_second: NonZeroU32) -> Self {
        Self { pace: Pace::per_second(requests_per_second), ..self }
    }

    async fn open_intent(&self, charge: &Charge) -> Result<Opening, GatewayError> {
        let (payment, order) = (charge.payment_id.to_string(), charge.order_id.to_string());
        let attempt = charge.attempt_id.to_string();
        if let Err(refused) = charge::check(charge.amount) {
            return Ok(Opening::Declined { code: refused.decline_code().to_owned() });
        }
        let (amount, currency) = amount(charge.amount);
        let amount = amount.to_string();
        let params = [
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("payment_method", charge.payment_method.as_ref()),
            // Cards only: other methods redirect the customer, and there is no page for that yet.
            ("payment_method_types[0]", "card"),
            ("confirm", "false"),
            ("metadata[payment_id]", &payment),
            ("metadata[attempt_id]", &attempt),
            ("metadata[order_id]", &order),
        ];
        let params = [&params[..], captured(charge), &of_customer(charge)].concat();
        match self.post("/v1/payment_intents", &params, Some(key_of(charge, "open", &params))).await? {
            Ok(answer) => Ok(Opening::Opened(read::<Intent>(&answer)?.checked(charge, self.mode)?.id)),
            Err(refusal) => match refusal.decline() {
                Some(code) => Ok(Opening::Declined { code }),
                None => Err(refusal.into()),
            },
        }
    }

    /// Sent under a key, so that a process that is slow does not take back what another has confirmed since.
    async fn prepare_intent(&self, attempt: &Opened) -> Result<Preparation, GatewayError> {
        let (path, charge) = (format!("/v1/payment_intents/{}", attempt.intent), &attempt.charge);
        let id = charge.attempt_id.to_string();
        let params =
            [("payment_method", charge.payment_method.as_ref()), ("metadata[attempt_id]", id.as_str())];
        let params = [&params[..], &of_customer(charge)].concat();
        match self.post(&path, &params, Some(key_of(charge, "prepare", &params))).await? {
            Ok(answer) => {
                read::<Intent>(&answer)?.checked(charge, self.mode)?;
                Ok(Preparation::Prepared)
            }
            Err(refusal) if refusal.is_unexpected_state() => {
                let outcome = self.intent(attempt).await?.outcome()?;
                let ended = outcome.filter(|outcome| *outcome != ChargeOutcome::ActionRequired);
                ended.map(Preparation::Settled).ok_or_else(|| GatewayError::Undecided("open".to_owned()))
            }
            Err(refusal) => match refusal.decline() {
                Some(code) => Ok(Preparation::Settled(ChargeOutcome::Declined { code })),
                None => Err(refusal.into()),
            },
        }
    }

    async fn confirm_intent(&self, attempt: &Opened) -> Result<ChargeOutcome, GatewayError> {
        let path = format!("/v1/payment_intents/{}/confirm", attempt.intent);
        // The payment method is not repeated: an attempt that was declined has lost its own, so it stays declined.
        // With the URL, Stripe names a page on which the customer confirms, which needs no script of Stripe's.
        let return_url = self.pages.as_ref().map(|pages| pages.order(attempt.charge.order_id));
        let returned = return_url.iter().map(|url| ("return_url", url.as_str()));
        let params: Vec<_> = returned.chain(expanded(&attempt.charge)).collect();
        let key = key_of(&attempt.charge, "confirm", &params);
        let outcome = match self.post(&path, &params, Some(key)).await? {
            Ok(answer) => read::<Intent>(&answer)?.checked(&attempt.charge, self.mode)?.outcome()?,
            Err(refusal) if refusal.is_unexpected_state() => self.intent(attempt).await?.outcome()?,
            Err(refusal) => match refusal.decline() {
                Some(code) => Some(ChargeOutcome::Declined { code }),
                None => return Err(refusal.into()),
            },
        };
        outcome.ok_or_else(|| GatewayError::Undecided("requires_confirmation".to_owned()))
    }

    async fn cancel_intent(&self, attempt: &Opened) -> Result<Cancellation, GatewayError> {
        let path = format!("/v1/payment_intents/{}/cancel", attempt.intent);
        // Without a key: the state rejects a second cancellation, and a replayed answer would only hide the current state.
        let intent: Intent = match self.post(&path, &[("cancellation_reason", "abandoned")], None).await? {
            Ok(answer) => read::<Intent>(&answer)?.checked(&attempt.charge, self.mode)?,
            Err(refusal) if refusal.is_unexpected_state() => self.intent(attempt).await?,
            Err(refusal) => return Err(refusal.into()),
        };
        match intent.status {
            IntentStatus::Canceled => Ok(Cancellation::Cancelled),
            IntentStatus::Succeeded => Ok(Cancellation::TooLate),
            other => Err(GatewayError::Undecided(format!("{other:?}"))),
        }
    }

    async fn refund_charge(&self, refund: &Refund) -> Result<Refunding, GatewayError> {
        let found: RefundObject = match &refund.taken_on {
            Some(name) => self.get(format!("/v1/refunds/{name}")).await?,
            None => match self.find_refund(refund).await? {
                Some(found) => found,
                None => match self.create_refund(refund).await? {
                    Ok(created) => created,
                    // An answer was lost so long ago that Stripe has forgotten the key.
                    Err(refusal) if refusal.is_already_refunded() => return Ok(Refunding::Done),
                    Err(refusal) if refusal.is_disputed() => return Ok(Refunding::Disputed),
                    Err(refusal) => return Err(refusal.into()),
                },
            },
        };
        match found.status {
            RefundStatus::Succeeded => Ok(Refunding::Done),
            RefundStatus::Pending | RefundStatus::RequiresAction => Ok(Refunding::Pending(found.id)),
            RefundStatus::Failed | RefundStatus::Canceled => {
                let reason =
                    found.failure_reason.unwrap_or_else(|| format!("{:?}", found.status).to_lowercase());
                Ok(Refunding::Failed { reason })
            }
        }
    }

    /// Returns a refund if Stripe has it already: an answer may have been lost so long ago that Stripe has forgotten the key. It would
    /// refund a part again, and the whole if that has come back since.
    async fn find_refund(&self, refund: &Refund) -> Result<Option<RefundObject>, GatewayError> {
        let made =
            self.list::<RefundObject>(&format!("/v1/refunds?payment_intent={}", refund.intent)).await?;
        Ok(made.into_iter().find(|found| found.is_of(refund.refund_id)))
    }

    async fn create_refund(&self, refund: &Refund) -> Result<Result<RefundObject, Refusal>, GatewayError> {
        let (payment, order) = (refund.payment_id.to_string(), refund.order_id.to_string());
        let id = refund.refund_id.to_string();
        let amount = amount(refund.amount).0.to_string();
        let params = [
            ("payment_intent", refund.intent.as_ref()),
            ("amount", &amount),
            ("metadata[refund_id]", &id),
            ("metadata[payment_id]", &payment),
            ("metadata[order_id]", &order),
        ];
        let key = match refund.ended_disputes {
            0 => id.clone(),
            ended => format!("{id}-{ended}"),
        };
        match self.post("/v1/refunds", &params, Some(key)).await? {
            Ok(answer) => Ok(Ok(read(&answer)?)),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn intent(&self, attempt: &Opened) -> Result<Intent, GatewayError> {
        self.found(attempt).await?.checked(&attempt.charge, self.mode)
    }

    async fn found(&self, attempt: &Opened) -> Result<Intent, GatewayError> {
        let expanded = expanded(&attempt.charge).map(|(name, value)| format!("?{name}={value}"));
        let expanded = expanded.collect::<String>();
        self.get(format!("/v1/payment_intents/{}{expanded}", attempt.intent)).await
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, GatewayError> {
        let answer = self.ask(&Ask { method: Method::GET, path, params: &[], key: None }).await?;
        read(&answer.accepted()?.map_err(GatewayError::from)?)
    }

    /// Sends a POST. Stripe keeps its answer to a key, its own failures included, and replays it for a day. A replayed failure makes
    /// the key useless, so the request goes again without it: every object requested here protects itself.
    async fn post(
        &self,
        path: &str,
        params: &[(&str, &str)],
        key: Option<String>,
    ) -> Result<Result<Vec<u8>, Refusal>, GatewayError> {
        let mut ask = Ask { method: Method::POST, path: path.to_owned(), params, key };
        let mut answer = self.ask(&ask).await?;
        if answer.is_kept_failure() {
            ask.key = None;
            answer = self.ask(&ask).await?;
        }
        answer.accepted()
    }

    /// Sends a request, and retries it shortly after if the answer tells that nothing was done.
    async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, GatewayError> {
        let key = self.key.get().await?;
        let answer = self.ask_with(ask, &key).await?;
        if !answer.is_unauthorized() {
            return Ok(answer);
        }
        match self.key.successor(&key).await? {
            Some(key) => self.ask_with(ask, &key).await,
            None => Ok(answer),
        }
    }

    async fn ask_with(&self, ask: &Ask<'_>, key: &SecretString) -> Result<Answer, GatewayError> {
        self.mode.check_key(key.expose_secret().trim()).map_err(GatewayError::WrongKey)?;
        // Not part of the time that Stripe has: a request that waits for its turn has not been sent.
        self.pace.turn().await;
        let once = || async {
            let answer = self.api.send(request(ask, key)?, PAYMENT_GATEWAY).await;
            let answer = Answer::of(answer.map_err(|error| GatewayError::NoAnswer(error.into()))?);
            if answer.is_busy() {
                self.pace.turn().await;
                return Err(GatewayError::Busy(answer.code()));
            }
            Ok(answer)
        };
        let patience = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_millis(500))
            .with_max_times(3);
        let asked = once.retry(patience).when(|error| matches!(error, GatewayError::Busy(_)));
        let in_time = tokio::time::timeout(PAYMENT_GATEWAY, asked).await;
        in_time.map_err(|error| GatewayError::NoAnswer(error.into()))?
    }
}

/// Returns the parameters that name the customer, if there is one. Stripe charges a saved payment method for its own customer
/// alone, and saves another one once it is charged.
fn of_customer(charge: &Charge) -> Vec<(&str, &str)> {
    let customer = charge.customer.iter().map(|customer| ("customer", customer.as_ref()));
    customer.chain(charge.saves_method.then_some(("setup_future_usage", "on_session"))).collect()
}

/// Returns the parameters that say when money is captured (<https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>), and that it
/// is captured parcel by parcel, if the account and the card allow that (<https://docs.stripe.com/payments/multicapture>).
fn captured(charge: &Charge) -> &'static [(&'static str, &'static str)] {
    if charge.capture.is_automatic() {
        return &[("capture_method", "automatic")];
    }
    &[("capture_method", "manual"), ("payment_method_options[card][request_multicapture]", "if_available")]
}

/// Returns the parameter that asks for the charge, which says until when it can be captured, and whether in parts.
fn expanded<'a>(charge: &Charge) -> impl Iterator<Item = (&'a str, &'a str)> {
    charge.capture.is_on_shipment().then_some(("expand[]", "latest_charge")).into_iter()
}

impl PaymentGateway for Stripe {
    fn open<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Opening, GatewayError>> {
        self.open_intent(charge).boxed()
    }

    fn prepare<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Preparation, GatewayError>> {
        self.prepare_intent(attempt).boxed()
    }

    fn confirm<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<ChargeOutcome, GatewayError>> {
        self.confirm_intent(attempt).boxed()
    }

    fn look_up<'a>(
        &'a self,
        attempt: &'a Opened,
    ) -> BoxFuture<'a, Result<Option<ChargeOutcome>, GatewayError>> {
        async { self.intent(attempt).await?.outcome() }.boxed()
    }

    fn action<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Option<Action>, GatewayError>> {
        async { Ok(self.intent(attempt).await?.action()) }.boxed()
    }

    fn capture<'a>(&'a self, capture: &'a Capture) -> BoxFuture<'a, Result<Capturing, GatewayError>> {
        self.capture_intent(capture).boxed()
    }

    fn cancel<'a>(&'a self, attempt: &'a Opened) -> BoxFuture<'a, Result<Cancellation, GatewayError>> {
        self.cancel_intent(attempt).boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<Refunding, GatewayError>> {
        self.refund_charge(refund).boxed()
    }
}

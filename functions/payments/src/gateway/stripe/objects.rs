//! The relevant fields of Stripe's objects, and its amounts.

use std::collections::HashMap;

use domain::payments::{Charge, ChargeOutcome, GatewayId};
use domain::words::id::RefundId;
use domain::words::money::{Currency, Money};
use secrecy::SecretString;
use serde::Deserialize;

use super::authorization::LatestCharge;
use super::lists::Listed;
use crate::gateway::{Action, GatewayError};

/// A PaymentIntent (<https://docs.stripe.com/api/payment_intents/object>).
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: GatewayId,
    pub(super) status: IntentStatus,
    amount: i64,
    pub(super) amount_received: i64,
    currency: String,
    livemode: bool,
    #[serde(default)]
    metadata: HashMap<String, String>,
    last_payment_error: Option<PaymentError>,
    client_secret: Option<SecretString>,
    next_action: Option<NextAction>,
    #[serde(default)]
    pub(super) latest_charge: Option<LatestCharge>,
}

/// What the customer has to do (<https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action>).
#[derive(Debug, Deserialize)]
pub(super) struct NextAction {
    redirect_to_url: Option<RedirectToUrl>,
}

#[derive(Debug, Deserialize)]
struct RedirectToUrl {
    url: Option<SecretString>,
}

impl NextAction {
    /// Returns the page on which the customer does it, if there is one.
    pub(super) fn url(self) -> Option<SecretString> {
        self.redirect_to_url?.url
    }
}

/// Whether money is real: Stripe keeps the objects of its live and its test mode apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Real money, real cards.
    Live,
    /// No money; anybody can pay with Stripe's public test cards.
    Test,
}

impl Mode {
    /// Returns the mode of a deployment stage.
    #[must_use]
    pub fn of_stage(stage: &str) -> Self {
        if stage == "prod" { Self::Live } else { Self::Test }
    }

    /// Checks that an API key is not one of the other mode. Other endpoints than Stripe's have keys of their own.
    pub(super) fn check_key(self, key: &str) -> Result<(), &'static str> {
        let is_live = key.starts_with("sk_live_") || key.starts_with("rk_live_");
        match self {
            Self::Live if !is_live => Err("production requires a live key of Stripe: sk_live_… or rk_live_…"),
            Self::Test if is_live => Err("a live key of Stripe is for production only"),
            Self::Live | Self::Test => Ok(()),
        }
    }
}

/// The status of a PaymentIntent (<https://docs.stripe.com/payments/paymentintents/lifecycle>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    RequiresCapture,
    Canceled,
    Succeeded,
}

#[derive(Debug, Deserialize)]
struct PaymentError {
    code: Option<String>,
    decline_code: Option<String>,
}

/// A refund (<https://docs.stripe.com/api/refunds/object>).
#[derive(Debug, Deserialize)]
pub(super) struct RefundObject {
    pub(super) id: GatewayId,
    pub(super) status: RefundStatus,
    pub(super) failure_reason: Option<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

impl Listed for RefundObject {
    fn id(&self) -> &GatewayId {
        &self.id
    }
}

impl RefundObject {
    /// Returns whether it is the shop's refund of this id.
    pub(super) fn is_of(&self, id: RefundId) -> bool {
        self.metadata.get("refund_id").is_some_and(|named| *named == id.to_string())
    }
}

/// The status of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
}

impl Intent {
    /// Checks that Stripe speaks of the payment that the shop has made, and has captured its amount. Otherwise nothing is
    /// booked: somebody has changed it in the dashboard, the key is that of another mode, or the shop has a mistake.
    ///
    /// A capture counts whichever attempt it is of. What else became of another attempt than `charge` tells nothing about
    /// this one.
    pub(super) fn checked(self, charge: &Charge, mode: Mode) -> Result<Self, GatewayError> {
        if self.status == IntentStatus::Canceled {
            // It has captured nothing, and never will.
            return Ok(self);
        }
        let received = (self.status == IntentStatus::Succeeded).then(|| amount(charge.amount).0);
        self.compare(charge, received, mode)?;
        let (named, attempt) = (self.named("attempt_id"), charge.attempt_id.to_string());
        if self.status != IntentStatus::Succeeded && named != attempt {
            return Err(GatewayError::Undecided(format!("it has the attempt {named}")));
        }
        Ok(self)
    }

    fn named(&self, name: &str) -> &str {
        self.metadata.get(name).map_or("", String::as_str)
    }

    /// Compares it with the payment that the shop has made, and what it has captured with what is expected.
    pub(super) fn compare(
        &self,
        charge: &Charge,
        received: Option<i64>,
        mode: Mode,
    ) -> Result<(), GatewayError> {
        let (expected, currency) = amount(charge.amount);
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: &str, found: &str| {
            if expected != found {
                differences.push(format!("{what} is {found} instead of {expected}"));
            }
        };
        compare("amount", &expected.to_string(), &self.amount.to_string());
        if let Some(received) = received {
            compare("amount_received", &received.to_string(), &self.amount_received.to_string());
        }
        compare("currency", &currency, &self.currency);
        compare("livemode", &(mode == Mode::Live).to_string(), &self.livemode.to_string());
        compare("payment_id", &charge.payment_id.to_string(), self.named("payment_id"));
        if differences.is_empty() {
            return Ok(());
        }
        let differences = differences.join(", ");
        Err(GatewayError::Mismatch { attempt: self.id.to_string(), differences })
    }

    /// Returns what the customer needs to confirm; `None` if Stripe does not wait for them.
    pub(super) fn action(self) -> Option<Action> {
        let client_secret = self.client_secret.filter(|_| self.status == IntentStatus::RequiresAction)?;
        let redirect_url = self.next_action.and_then(NextAction::url);
        Some(Action { client_secret, redirect_url })
    }

    /// Returns the outcome of the attempt; `None` if it is not confirmed.
    pub(super) fn outcome(self) -> Result<Option<ChargeOutcome>, GatewayError> {
        let declined = |code: String| Ok(Some(ChargeOutcome::Declined { code }));
        match self.status {
            IntentStatus::RequiresConfirmation => Ok(None),
            IntentStatus::RequiresAction => Ok(Some(ChargeOutcome::ActionRequired)),
            IntentStatus::Succeeded => Ok(Some(ChargeOutcome::Captured)),
            IntentStatus::Canceled => declined("canceled".to_owned()),
            // Attempts have a payment method. Stripe removes it when the bank declines.
            IntentStatus::RequiresPaymentMethod => {
                let code = self.last_payment_error.and_then(|error| error.decline_code.or(error.code));
                declined(code.unwrap_or_else(|| "requires_payment_method".to_owned()))
            }
            IntentStatus::Processing => Err(GatewayError::Undecided("processing".to_owned())),
            // Of attempts that are captured at once, the charge is not asked for.
            IntentStatus::RequiresCapture => {
                match self.latest_charge.as_ref().and_then(LatestCharge::authorized) {
                    Some(authorized) => Ok(Some(ChargeOutcome::Authorized(authorized))),
                    None => Err(GatewayError::InvalidAnswer("requires_capture".to_owned())),
                }
            }
        }
    }
}

/// Returns an amount and its currency in Stripe's minor units, which for a few currencies differ from those of ISO 4217
/// (<https://docs.stripe.com/currencies#special-cases>, `#zero-decimal`).
pub(super) fn amount(money: Money) -> (i64, String) {
    let amount = money.amount();
    let units = match money.currency() {
        // An amount has room for the factor.
        Currency::ISK | Currency::UGX => amount.saturating_mul(100),
        // Of an amount that is charged, nothing is cut off: `domain::words::charge`.
        Currency::MGA => amount / 100,
        _ => amount,
    };
    (units, money.currency().code().to_lowercase())
}

/// Returns an amount that Stripe states in its minor units.
pub(super) fn money(units: i64, currency: &str) -> Result<Money, GatewayError> {
    let (amount, currency) = minor_units(units, currency)?;
    let invalid = |error| GatewayError::InvalidAnswer(format!("{units} {currency}: {error}"));
    Money::new(amount, currency).map_err(invalid)
}

/// Returns a change of the balance that Stripe states in its minor units, in those of ISO 4217.
pub(super) fn minor_units(units: i64, currency: &str) -> Result<(i64, Currency), GatewayError> {
    let invalid = || GatewayError::InvalidAnswer(format!("{units} {currency}: not a currency"));
    let currency = Currency::from_code(&currency.to_uppercase()).ok_or_else(invalid)?;
    let amount = match currency {
        Currency::ISK | Currency::UGX => units / 100,
        Currency::MGA => units.saturating_mul(100),
        _ => units,
    };
    Ok((amount, currency))
}

#[cfg(test)]
pub(super) mod tests {
    use domain::words::capture::CaptureMode;
    use domain::words::id::{AttemptId, OrderId, PaymentId};
    use domain::words::payment_method::PaymentMethod;
    use serde_json::{Value, json};

    use super::*;

    fn outcome(status: &str, error: Value) -> Result<Option<ChargeOutcome>, GatewayError> {
        let mut intent = intent();
        intent["status"] = status.into();
        intent["last_payment_error"] = error;
        serde_json::from_value::<Intent>(intent).unwrap().outcome()
    }

    pub(in crate::gateway::stripe) fn charge() -> Charge {
        Charge {
            attempt_id: AttemptId::from_parts(0, 1),
            payment_id: PaymentId::from_parts(0, 1),
            order_id: OrderId::from_parts(0, 1),
            amount: Money::new(3_690, Currency::EUR).unwrap(),
            payment_method: PaymentMethod::try_new("pm_card_visa").unwrap(),
            customer: None,
            saves_method: false,
            capture: CaptureMode::Automatic,
            tries: 1,
        }
    }

    /// Returns Stripe's object of a captured attempt.
    pub(in crate::gateway::stripe) fn intent() -> Value {
        json!({
            "id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 3_690, "amount_received": 3_690,
            "currency": "eur", "livemode": false,
            "metadata": { "payment_id": charge().payment_id, "attempt_id": charge().attempt_id },
            "last_payment_error": null,
        })
    }

    #[test]
    fn what_was_captured_is_what_was_charged() {
        let checked = |intent: Value, mode| {
            serde_json::from_value::<Intent>(intent).unwrap().checked(&charge(), mode).map(|_| ())
        };
        checked(intent(), Mode::Test).unwrap();
        for (field, value) in [
            ("amount", json!(3_691)),
            ("amount_received", json!(3_689)),
            ("currency", json!("usd")),
            ("livemode", json!(true)),
            (
                "metadata",
                json!({ "payment_id": PaymentId::from_parts(0, 2), "attempt_id": charge().attempt_id }),
            ),
            ("metadata", json!({})),
        ] {
            let mut other = intent();
            other[field] = value;
            let error = checked(other, Mode::Test).unwrap_err();
            assert!(matches!(error, GatewayError::Mismatch { .. }), "{field}: {error}");
        }
        assert!(checked(intent(), Mode::Live).is_err(), "paid with a test card");
        let mut open = intent();
        (open["status"], open["amount_received"]) = (json!("requires_confirmation"), json!(0));
        checked(open.clone(), Mode::Test).unwrap();
        open["metadata"]["attempt_id"] = json!(AttemptId::from_parts(0, 2));
        let error = checked(open, Mode::Test).unwrap_err();
        assert!(matches!(error, GatewayError::Undecided(_)), "another attempt has followed: {error}");
        let mut paid = intent();
        paid["metadata"]["attempt_id"] = json!(AttemptId::from_parts(0, 2));
        checked(paid, Mode::Test).unwrap();
    }

    #[test]
    fn each_mode_has_its_keys() {
        for key in ["sk_live_1", "rk_live_1"] {
            assert_eq!((Mode::Live.check_key(key).is_ok(), Mode::Test.check_key(key).is_ok()), (true, false));
        }
        for key in ["sk_test_1", "rk_test_1", "a key of the laptop's payment gateway"] {
            assert_eq!((Mode::Live.check_key(key).is_ok(), Mode::Test.check_key(key).is_ok()), (false, true));
        }
        assert_eq!(["prod", "staging", "dev"].map(Mode::of_stage), [Mode::Live, Mode::Test, Mode::Test]);
    }

    #[test]
    fn each_status_has_its_outcome() {
        let declined = |code: &str| Some(ChargeOutcome::Declined { code: code.to_owned() });
        assert_eq!(outcome("requires_confirmation", Value::Null).unwrap(), None);
        assert_eq!(outcome("succeeded", Value::Null).unwrap(), Some(ChargeOutcome::Captured));
        assert_eq!(outcome("requires_action", Value::Null).unwrap(), Some(ChargeOutcome::ActionRequired));
        assert_eq!(outcome("canceled", Value::Null).unwrap(), declined("canceled"));
        let error = json!({ "code": "card_declined", "decline_code": "lost_card" });
        assert_eq!(outcome("requires_payment_method", error).unwrap(), declined("lost_card"));
        assert!(matches!(outcome("processing", Value::Null), Err(GatewayError::Undecided(_))));
        assert!(matches!(outcome("requires_capture", Value::Null), Err(GatewayError::InvalidAnswer(_))));
    }

    #[test]
    fn amounts_are_in_stripes_minor_units() {
        let of = |amount_: i64, currency| amount(Money::new(amount_, currency).unwrap());
        assert_eq!(of(3_690, Currency::EUR), (3_690, "eur".to_owned()));
        assert_eq!(of(500, Currency::JPY), (500, "jpy".to_owned()));
        assert_eq!(of(500, Currency::ISK), (50_000, "isk".to_owned()));
        assert_eq!(of(5_000, Currency::UGX), (500_000, "ugx".to_owned()));
        assert_eq!(of(1_990, Currency::KWD), (1_990, "kwd".to_owned()));
        assert_eq!(of(500, Currency::MGA), (5, "mga".to_owned()));
        for (amount, currency) in [(3_690, Currency::EUR), (500, Currency::ISK), (500, Currency::MGA)] {
            let (units, code) = of(amount, currency);
            assert_eq!(money(units, &code).unwrap(), Money::new(amount, currency).unwrap());
        }
        for (units, code) in [(-1, "eur"), (1, "euros")] {
            assert!(matches!(money(units, code), Err(GatewayError::InvalidAnswer(_))), "{units} {code}");
        }
    }
}

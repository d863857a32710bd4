//! The relevant fields of Stripe's objects, and its amounts.

use domain::payments::{ChargeOutcome, GatewayId};
use domain::words::money::{Currency, Money};
use serde::Deserialize;

use crate::gateway::GatewayError;

/// A PaymentIntent (<https://docs.stripe.com/api/payment_intents/object>).
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: GatewayId,
    pub(super) status: IntentStatus,
    last_payment_error: Option<PaymentError>,
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
    /// Returns the outcome of the attempt; `None` if it is not confirmed.
    pub(super) fn outcome(self) -> Result<Option<ChargeOutcome>, GatewayError> {
        let declined = |code: String| Ok(Some(ChargeOutcome::Declined { code }));
        match self.status {
            IntentStatus::RequiresConfirmation => Ok(None),
            IntentStatus::RequiresAction => Ok(Some(ChargeOutcome::ActionRequired)),
            IntentStatus::Succeeded => Ok(Some(ChargeOutcome::Captured)),
            IntentStatus::Canceled => declined("canceled".to_owned()),
            // Attempts are created with a payment method. Stripe removes it when the bank declines.
            IntentStatus::RequiresPaymentMethod => {
                let code = self.last_payment_error.and_then(|error| error.decline_code.or(error.code));
                declined(code.unwrap_or_else(|| "requires_payment_method".to_owned()))
            }
            IntentStatus::Processing => Err(GatewayError::Undecided("processing".to_owned())),
            // Attempts are created with automatic capture.
            IntentStatus::RequiresCapture => Err(GatewayError::InvalidAnswer("requires_capture".to_owned())),
        }
    }
}

/// Returns an amount and its currency in Stripe's minor units, which for a few currencies differ from those of ISO 4217
/// (<https://docs.stripe.com/currencies#special-cases>, `#zero-decimal`).
pub(super) fn amount(money: Money) -> Result<(String, String), GatewayError> {
    let units = match money.currency() {
        Currency::ISK | Currency::UGX => money.amount().checked_mul(100),
        Currency::MGA => (money.amount() % 100 == 0).then_some(money.amount() / 100),
        _ => Some(money.amount()),
    };
    let currency = money.currency().code();
    let units = units.ok_or_else(|| GatewayError::Refused {
        status: 400,
        code: "invalid_amount".to_owned(),
        message: format!("Stripe cannot charge {} minor units of {currency}", money.amount()),
    })?;
    Ok((units.to_string(), currency.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn outcome(status: &str, error: Value) -> Result<Option<ChargeOutcome>, GatewayError> {
        let intent = json!({ "id": "pi_1", "object": "payment_intent", "status": status, "last_payment_error": error });
        serde_json::from_value::<Intent>(intent).unwrap().outcome()
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
        let pair = |amount: &str, currency: &str| (amount.to_owned(), currency.to_owned());
        assert_eq!(of(3_690, Currency::EUR).unwrap(), pair("3690", "eur"));
        assert_eq!(of(500, Currency::JPY).unwrap(), pair("500", "jpy"));
        assert_eq!(of(500, Currency::ISK).unwrap(), pair("50000", "isk"));
        assert_eq!(of(500, Currency::MGA).unwrap(), pair("5", "mga"));
        assert!(of(501, Currency::MGA).is_err());
    }
}

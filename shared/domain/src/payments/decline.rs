//! Why a payment was declined, as far as its customer may know.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// A reason for a decline that its customer may see, and can do something about. The gateway's own codes are never
/// shown: some of them (`stolen_card`, `fraudulent`) would tell somebody who tests stolen cards what the bank knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// There is not enough money, or a limit of the card is reached.
    InsufficientFunds,
    /// The card has expired.
    ExpiredCard,
    /// The payment method does not exist, was used before, or cannot be used here. A new one has to be made.
    UnusablePaymentMethod,
    /// Any other reason.
    GenericDecline,
}

impl DeclineReason {
    /// Returns the reason for one of the gateway's codes
    /// (<https://docs.stripe.com/declines/codes>, <https://docs.stripe.com/error-codes>).
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code {
            "insufficient_funds" | "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => {
                Self::InsufficientFunds
            }
            "expired_card" | "invalid_expiry_month" | "invalid_expiry_year" => Self::ExpiredCard,
            "resource_missing" | "currency_not_supported" | "card_not_supported" => {
                Self::UnusablePaymentMethod
            }
            code if code.starts_with("payment_method_") => Self::UnusablePaymentMethod,
            _ => Self::GenericDecline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidential_codes_are_all_the_same() {
        for code in [
            "stolen_card",
            "lost_card",
            "fraudulent",
            "pickup_card",
            "merchant_blacklist",
            "generic_decline",
            "",
        ] {
            assert_eq!(DeclineReason::of(code), DeclineReason::GenericDecline, "{code}");
        }
        assert_eq!(DeclineReason::of("resource_missing"), DeclineReason::UnusablePaymentMethod);
        assert_eq!(DeclineReason::of("payment_method_unactivated"), DeclineReason::UnusablePaymentMethod);
        assert_eq!(DeclineReason::of("insufficient_funds"), DeclineReason::InsufficientFunds);
        assert_eq!(DeclineReason::of("expired_card"), DeclineReason::ExpiredCard);
    }
}

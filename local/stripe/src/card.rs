//! Test payment methods (<https://docs.stripe.com/testing>): the token determines the outcome of a charge.

/// A card whose payments are captured once, and not in parts (<https://docs.stripe.com/payments/multicapture#test-your-integration>).
pub(super) const CAPTURED_ONCE: &str = "pm_card_credit_disableEnterpriseCardFeatures";

/// The outcome of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// The charge succeeds.
    Good,
    /// The bank declines.
    Declined {
        /// Stripe's error code.
        code: &'static str,
        /// The bank's reason.
        reason: Option<&'static str>,
    },
    /// The bank requires the customer to confirm.
    AsksTheCustomer,
    /// Not one of Stripe's: the charge succeeds, and the payment method cannot be used again, as one that a customer has
    /// entered. Stripe's test payment methods can be used any number of times.
    Once,
    /// Not one of Stripe's: it was used before.
    UsedBefore,
    /// Not one of Stripe's: the first confirmation gets no response and takes no money.
    BreaksBefore,
    /// Not one of Stripe's: the first confirmation gets no response but takes the money.
    BreaksAfter,
    /// The charge succeeds, and the customer disputes it.
    Disputed,
    /// Not one of Stripe's: the charge succeeds, and its refund is accepted and fails.
    RefundFails,
    /// The charge succeeds, and its refund as well, which fails some time later.
    RefundReturns,
}

impl Card {
    /// Returns `None` for an unknown payment method.
    pub(super) fn of(token: &str) -> Option<Self> {
        let declined = |reason| Some(Self::Declined { code: "card_declined", reason: Some(reason) });
        match token {
            "pm_card_visa" | "pm_card_visa_debit" | "pm_card_mastercard" | "pm_card_amex" | CAPTURED_ONCE => {
                Some(Self::Good)
            }
            "pm_card_visa_chargeDeclined" | "pm_card_chargeDeclined" | "pm_card_chargeCustomerFail" => {
                declined("generic_decline")
            }
            "pm_card_visa_chargeDeclinedInsufficientFunds" | "pm_card_chargeDeclinedInsufficientFunds" => {
                declined("insufficient_funds")
            }
            "pm_card_visa_chargeDeclinedLostCard" => declined("lost_card"),
            "pm_card_visa_chargeDeclinedStolenCard" => declined("stolen_card"),
            "pm_card_chargeDeclinedExpiredCard" => {
                Some(Self::Declined { code: "expired_card", reason: None })
            }
            "pm_card_createDispute" => Some(Self::Disputed),
            "pm_card_authenticationRequired" => Some(Self::AsksTheCustomer),
            "pm_sandbox_usedBefore" => Some(Self::UsedBefore),
            token if token.starts_with("pm_sandbox_once_") => Some(Self::Once),
            "pm_sandbox_timeoutBeforeCharge" => Some(Self::BreaksBefore),
            "pm_sandbox_timeoutAfterCharge" => Some(Self::BreaksAfter),
            "pm_sandbox_refundFailed" => Some(Self::RefundFails),
            "pm_card_refundFail" => Some(Self::RefundReturns),
            _ => None,
        }
    }
}

//! What somebody pays with: a payment method, and whether they have saved it.

use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::words::payment_method::PaymentMethod;

/// Whether the customer has saved a payment method, or wants it saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MethodUse {
    /// It is used for this payment alone.
    #[default]
    Once,
    /// It is saved once it is charged.
    ToSave,
    /// It was saved before.
    Saved,
    /// A use of a newer version. To this version it is like the first.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl MethodUse {
    /// Returns whether it is used for this payment alone.
    #[must_use]
    pub fn is_once(&self) -> bool {
        *self == Self::Once
    }
}

/// What somebody pays with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayWith {
    /// The payment gateway's token to charge.
    pub method: PaymentMethod,
    /// Whether it is saved.
    pub method_use: MethodUse,
}

refusals! {
    /// Why a request to pay does not say with what.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum PayWithRefusal {
        /// The request has neither `payment_method` nor `saved_method`, or both.
        #[error("either payment_method or saved_method is needed")]
        NotOne => Invalid, "payment_method_needed", "Send payment_method, or saved_method with one of GET /payment-methods.";
        /// A guest wants a payment method saved.
        #[error("an account is needed to save a payment method")]
        GuestSaves => Forbidden, "account_needed_to_save", "Leave save_method out, or sign in.";
    }
}

impl PayWith {
    /// A payment method for this payment alone.
    #[must_use]
    pub fn once(method: PaymentMethod) -> Self {
        Self { method, method_use: MethodUse::Once }
    }

    /// Reads the members of a request, of which exactly one names a payment method. A saved one need not be saved again.
    ///
    /// # Errors
    /// If there are none or two.
    pub fn of(
        payment_method: Option<&PaymentMethod>,
        saved_method: Option<&PaymentMethod>,
        save: bool,
    ) -> Result<Self, PayWithRefusal> {
        let (method, method_use) = match (payment_method, saved_method) {
            (Some(method), None) if save => (method, MethodUse::ToSave),
            (Some(method), None) => (method, MethodUse::Once),
            (None, Some(saved)) => (saved, MethodUse::Saved),
            (None, None) | (Some(_), Some(_)) => return Err(PayWithRefusal::NotOne),
        };
        Ok(Self { method: method.clone(), method_use })
    }

    /// Returns the payment method if it has to be one that the customer has saved.
    #[must_use]
    pub fn saved(&self) -> Option<&PaymentMethod> {
        (self.method_use == MethodUse::Saved).then_some(&self.method)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exactly_one_member_names_the_payment_method() {
        let (new, saved) = (PaymentMethod::try_new("pm_1").unwrap(), PaymentMethod::try_new("pm_2").unwrap());
        for (payment_method, saved_method, save, expected) in [
            (Some(&new), None, false, Some((&new, MethodUse::Once))),
            (Some(&new), None, true, Some((&new, MethodUse::ToSave))),
            (None, Some(&saved), false, Some((&saved, MethodUse::Saved))),
            (None, Some(&saved), true, Some((&saved, MethodUse::Saved))),
            (None, None, true, None),
            (Some(&new), Some(&saved), false, None),
        ] {
            let read = PayWith::of(payment_method, saved_method, save).ok();
            assert_eq!(read.as_ref().map(|read| (&read.method, read.method_use)), expected);
            let is_saved = expected.is_some_and(|(_, method_use)| method_use == MethodUse::Saved);
            assert_eq!(read.and_then(|read| read.saved().cloned()).is_some(), is_saved);
        }
    }

    #[test]
    fn a_use_of_a_newer_version_is_read() {
        assert_eq!(serde_json::from_value::<MethodUse>(json!("to_save")).unwrap(), MethodUse::ToSave);
        assert_eq!(serde_json::from_value::<MethodUse>(json!("to_lend")).unwrap(), MethodUse::Unknown);
    }
}

//! Customers at the payment gateway, who have payment methods there.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::GatewayId;
use crate::refusals;
use crate::words::id::UserId;
use crate::words::payment_method::PaymentMethod;

/// How long it is remembered that a customer was erased: longer than any request or message about them is under way.
pub const ERASURE_REMEMBERED: SignedDuration = SignedDuration::from_hours(40 * 24);

/// A user's record at the payment gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The user.
    pub user_id: UserId,
    /// The gateway's id for them. `None` once their account was erased: there is no record any more, and there will be none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<GatewayId>,
    /// The payment method that they have paid with last, of those that they have saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<PaymentMethod>,
    /// Creation time.
    pub created_at: Timestamp,
    /// When their account was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

/// A payment method that a customer has saved. There is no more of a card in the shop, and this is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SavedMethod {
    /// The payment gateway's token, for `saved_method` of a request to pay.
    pub payment_method: PaymentMethod,
    /// The card's brand (`visa`).
    pub brand: String,
    /// The last four digits of the card's number.
    pub last4: String,
    /// The month in which the card expires, from 1.
    pub exp_month: u8,
    /// The year in which the card expires.
    pub exp_year: u16,
}

refusals! {
    /// Why nothing was done with a payment method that a customer has saved.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum MethodRefusal {
        /// The payment method to remove is none that the caller has saved.
        #[error("payment method not found")]
        NotFound => NotFound, "payment_method_not_found", "Choose one of GET /payment-methods.";
        /// The payment method to pay with is none that the caller has saved.
        #[error("the saved payment method is unknown")]
        Unknown => Invalid, "payment_method_unknown", "Choose one of GET /payment-methods, or send payment_method.";
        /// The account was erased.
        #[error("the account was erased")]
        Erased => Conflict, "account_erased", "Sign in with another account.";
    }
}

impl Customer {
    /// A customer whom the gateway knows as `customer_id`.
    #[must_use]
    pub fn new(user_id: UserId, customer_id: GatewayId, now: Timestamp) -> Self {
        Self { user_id, customer_id: Some(customer_id), last_used: None, created_at: now, erased_at: None }
    }

    /// A user without an account any more. The gateway has no record of them, and gets none.
    #[must_use]
    pub fn erased(user_id: UserId, now: Timestamp) -> Self {
        Self { user_id, customer_id: None, last_used: None, created_at: now, erased_at: Some(now) }
    }

    /// Records what the customer pays with. Returns `None` if it is what they paid with last.
    #[must_use]
    pub fn pays_with(&self, method: &PaymentMethod) -> Option<Self> {
        let is_news = self.last_used.as_ref() != Some(method);
        is_news.then(|| Self { last_used: Some(method.clone()), ..self.clone() })
    }

    /// Sorts saved payment methods: the one that the customer has paid with last comes first.
    #[must_use]
    pub fn sorted(&self, mut methods: Vec<SavedMethod>) -> Vec<SavedMethod> {
        methods.sort_by_key(|method| Some(&method.payment_method) != self.last_used.as_ref());
        methods
    }

    /// Returns from when on the row is forgotten, if ever.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.erased_at.map(|at| at + ERASURE_REMEMBERED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(token: &str) -> PaymentMethod {
        PaymentMethod::try_new(token).unwrap()
    }

    #[test]
    fn the_method_that_was_used_last_comes_first() {
        let new = Customer::new(
            UserId::from_parts(1, 1),
            GatewayId::try_new("cus_1").unwrap(),
            Timestamp::UNIX_EPOCH,
        );
        let used = new.pays_with(&method("pm_2")).unwrap();
        assert_eq!(used.pays_with(&method("pm_2")), None);
        let saved = |token: &str| SavedMethod {
            payment_method: method(token),
            brand: "visa".to_owned(),
            last4: "4242".to_owned(),
            exp_month: 12,
            exp_year: 2034,
        };
        let tokens = |customer: &Customer| {
            let sorted = customer.sorted(["pm_3", "pm_2", "pm_1"].map(saved).into());
            sorted.into_iter().map(|saved| saved.payment_method.into_inner()).collect::<Vec<_>>()
        };
        assert_eq!(tokens(&new), ["pm_3", "pm_2", "pm_1"]);
        assert_eq!(tokens(&used), ["pm_2", "pm_3", "pm_1"]);
    }

    #[test]
    fn an_erased_customer_is_remembered_for_forty_days() {
        let erased = Customer::erased(UserId::from_parts(1, 1), Timestamp::UNIX_EPOCH);
        assert_eq!(erased.until(), Some(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(960)));
        assert_eq!(erased.customer_id, None);
    }
}

//! Stripe's objects, as the API returns them and the books store them.

mod balance;
mod dispute;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use balance::{BalanceTransaction, Payout};
pub(super) use dispute::Dispute;

/// The status of a PaymentIntent (<https://docs.stripe.com/payments/paymentintents/lifecycle>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    RequiresCapture,
    Canceled,
    Succeeded,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }
}

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PaymentIntent {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) amount: i64,
    pub(super) amount_received: i64,
    #[serde(default)]
    pub(super) amount_capturable: i64,
    pub(super) currency: String,
    pub(super) status: Status,
    pub(super) payment_method: Option<String>,
    #[serde(default)]
    pub(super) customer: Option<String>,
    #[serde(default)]
    pub(super) setup_future_usage: Option<String>,
    pub(super) payment_method_types: Vec<String>,
    pub(super) capture_method: String,
    #[serde(default)]
    pub(super) payment_method_options: Option<Value>,
    pub(super) cancellation_reason: Option<String>,
    pub(super) canceled_at: Option<i64>,
    pub(super) last_payment_error: Option<Value>,
    pub(super) latest_charge: Option<String>,
    pub(super) next_action: Option<Value>,
    /// What lets its holder act for the customer.
    #[serde(default)]
    pub(super) client_secret: String,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) created: i64,
    pub(super) livemode: bool,
}

/// <https://docs.stripe.com/api/charges/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Charge {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) amount: i64,
    pub(super) amount_captured: i64,
    pub(super) amount_refunded: i64,
    pub(super) currency: String,
    /// `succeeded` or `failed`.
    pub(super) status: String,
    pub(super) failure_code: Option<String>,
    pub(super) payment_intent: String,
    pub(super) payment_method: Option<String>,
    /// Of an authorised one, until when it can be captured, and whether in parts.
    #[serde(default)]
    pub(super) payment_method_details: Option<Value>,
    /// The parts of it that were captured, each at its time; none if it was captured at once. Not as Stripe has it.
    #[serde(default)]
    pub(super) parts: Vec<(i64, i64)>,
    /// That of the PaymentIntent when it was charged.
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) created: i64,
    pub(super) livemode: bool,
}

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) charge: String,
    pub(super) payment_intent: String,
    pub(super) reason: Option<String>,
    /// `succeeded`, as card refunds usually do immediately, or `pending`; and then perhaps `failed`.
    pub(super) status: String,
    #[serde(default)]
    pub(super) failure_reason: Option<String>,
    /// How its money came back, if it had left.
    #[serde(default)]
    pub(super) failure_balance_transaction: Option<BalanceTransaction>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) created: i64,
}

impl Refund {
    /// Returns it after its bank has not taken the money.
    pub(super) fn failed(mut self) -> Self {
        self.status = "failed".to_owned();
        self.failure_reason = Some("expired_or_canceled_card".to_owned());
        self
    }

    /// Returns whether its money has left, whether it came back or not.
    pub(super) fn has_left(&self) -> bool {
        self.status == "succeeded" || self.failure_balance_transaction.is_some()
    }

    /// Returns it as the API shows it.
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!(self);
        shown["failure_balance_transaction"] =
            self.failure_balance_transaction.as_ref().map_or(Value::Null, |moved| json!(moved.id));
        shown
    }
}

/// <https://docs.stripe.com/api/customers/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
    pub(super) created: i64,
    pub(super) livemode: bool,
}

impl Customer {
    pub(super) fn new(id: String, metadata: BTreeMap<String, String>, now: Timestamp) -> Self {
        let object = "customer".to_owned();
        Self { id, object, metadata, deleted: false, created: now.as_second(), livemode: false }
    }
}

/// A payment method that a customer has saved, or had.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SavedMethod {
    pub(super) id: String,
    /// The order of creation.
    pub(super) number: u64,
    /// The test payment method whose card it is.
    pub(super) token: String,
    pub(super) customer: Option<String>,
    /// Whether it was detached, after which it is good for nothing.
    pub(super) was_detached: bool,
    pub(super) created: i64,
}

impl SavedMethod {
    pub(super) fn of(id: String, number: u64, token: &str, customer: &str, now: Timestamp) -> Self {
        let (token, customer) = (token.to_owned(), Some(customer.to_owned()));
        Self { id, number, token, customer, was_detached: false, created: now.as_second() }
    }

    /// Returns it as the API shows it: <https://docs.stripe.com/api/payment_methods/object>.
    pub(super) fn shown(&self) -> Value {
        let (brand, last4) = face(&self.token);
        json!({
            "id": self.id, "object": "payment_method", "type": "card", "customer": self.customer,
            "card": { "brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034 },
            "created": self.created, "livemode": false,
        })
    }
}

/// Returns the brand and the last digits of a test payment method's card (<https://docs.stripe.com/testing>).
fn face(token: &str) -> (&'static str, &'static str) {
    match token {
        "pm_card_mastercard" => ("mastercard", "4444"),
        "pm_card_amex" => ("amex", "8431"),
        "pm_card_visa_debit" => ("visa", "5556"),
        "pm_card_authenticationRequired" => ("visa", "3184"),
        "pm_card_chargeCustomerFail" => ("visa", "0341"),
        _ => ("visa", "4242"),
    }
}

/// <https://docs.stripe.com/api/setup_intents/object>
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SetupIntent {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) status: String,
    pub(super) customer: String,
    pub(super) payment_method: Option<String>,
    pub(super) client_secret: String,
    /// Not as Stripe has it: there, a SetupIntent has no page before the customer has entered a payment method in the shop's.
    pub(super) next_action: Option<Value>,
    pub(super) usage: String,
    pub(super) created: i64,
    pub(super) livemode: bool,
}

impl SetupIntent {
    pub(super) fn new(
        id: String,
        customer: String,
        client_secret: String,
        page: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            object: "setup_intent".to_owned(),
            status: "requires_payment_method".to_owned(),
            customer,
            payment_method: None,
            client_secret,
            next_action: Some(json!({ "type": "redirect_to_url", "redirect_to_url": { "url": page } })),
            usage: "on_session".to_owned(),
            created: now.as_second(),
            livemode: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.payment_method.is_none()
    }

    /// Returns it with the payment method that the customer has entered.
    pub(super) fn with(&self, method: &SavedMethod) -> Self {
        let (status, payment_method) = ("succeeded".to_owned(), Some(method.id.clone()));
        Self { status, payment_method, next_action: None, ..self.clone() }
    }
}

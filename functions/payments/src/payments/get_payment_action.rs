//! `GET /payments/{payment_id}/action`: returns what a customer needs to confirm a payment with their bank.

use domain::payments::PaymentRefusal;
use domain::words::id::PaymentId;
use edge::{Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use crate::gateway::Gateway;
use crate::pages::Pages;
use crate::secret::{exposed, exposed_if_any};
use crate::store::Payments;

/// What a page needs so that its customer confirms a payment. It is secret: a client that has it can act for the customer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentAction {
    /// The payment gateway's kind.
    #[serde(rename = "type")]
    pub kind: ActionKind,
    /// What `stripe.handleNextAction` needs.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub client_secret: SecretString,
    /// The key that Stripe's script needs, if the shop has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishable_key: Option<String>,
    /// The page on which the customer confirms, if it can be opened without Stripe's script. It leads back to `return_url`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub redirect_url: Option<SecretString>,
    /// The page of the order, to which the customer returns.
    pub return_url: String,
    /// Until when the order can be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

/// The kind of a payment gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Stripe.
    Stripe,
}

/// Returns what the customer needs, as the gateway has it now. Staff get nothing: they must not confirm for a customer.
///
/// # Errors
/// 404 if the payment does not exist or is another customer's, 409 if it does not wait for its customer, 503 if the gateway
/// gives no conclusive answer.
pub async fn get_payment_action(
    (payments, gateway, pages): (Payments, Gateway, Pages),
    call: Call<NoBody>,
) -> Result<Reply<PaymentAction>, Problem> {
    let id: PaymentId = call.path("payment_id")?;
    let found = payments.get(id).await?.filter(|found| found.value.user_id == call.caller.user_id);
    let payment = found.ok_or(PaymentRefusal::NotFound)?.value;
    let attempt = payment.to_be_confirmed().ok_or(PaymentRefusal::NoActionNeeded)?;
    let action = gateway.action(&attempt).await.map_err(Problem::unavailable)?;
    let action = action.ok_or(PaymentRefusal::NoActionNeeded)?;
    Ok(Reply::ok(PaymentAction {
        kind: ActionKind::Stripe,
        client_secret: action.client_secret,
        publishable_key: pages.publishable_key().map(str::to_owned),
        redirect_url: action.redirect_url,
        return_url: pages.order(payment.order_id),
        held_until: payment.held_until,
    }))
}

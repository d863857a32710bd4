//! `POST /payment-methods`: begins to save a payment method.

use edge::{Account, Call, NoBody, Problem, Reply};
use secrecy::SecretString;
use serde::Serialize;

use crate::gateway::Gateway;
use crate::pages::Pages;
use crate::secret::{exposed, exposed_if_any};
use crate::store::Payments;

/// What a page needs so that its customer saves a payment method. It is secret: whoever has it can save one for the customer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MethodSetUp {
    /// What `stripe.confirmCardSetup` needs.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub client_secret: SecretString,
    /// The key that Stripe's script needs, if the shop has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishable_key: Option<String>,
    /// The page on which the customer enters the payment method, if it can be opened without Stripe's script. It leads back to
    /// the URL that is added as the query parameter `return_url`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub redirect_url: Option<SecretString>,
}

/// Begins to save a payment method, which the customer enters at the payment gateway: no card number comes here. The first time,
/// the user becomes a customer there.
///
/// # Errors
/// 403 for a guest, 409 if the account was erased, 503 if the gateway gives no conclusive answer.
pub async fn set_up_payment_method(
    (payments, gateway, pages): (Payments, Gateway, Pages),
    call: Call<NoBody, Account>,
) -> Result<Reply<MethodSetUp>, Problem> {
    let customer = payments.ensure_customer(call.caller.0.user_id, &gateway, &call).await?.value;
    let customer_id = customer.customer_id.ok_or_else(|| Problem::internal("a customer without an id"))?;
    let action = gateway.set_up(&customer_id).await.map_err(Problem::unavailable)?;
    Ok(Reply::ok(MethodSetUp {
        client_secret: action.client_secret,
        publishable_key: pages.publishable_key().map(str::to_owned),
        redirect_url: action.redirect_url,
    }))
}

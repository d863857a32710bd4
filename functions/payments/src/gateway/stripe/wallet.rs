//! Customers and their payment methods at Stripe (<https://docs.stripe.com/api/customers>,
//! <https://docs.stripe.com/api/setup_intents>).
//!
//! Stripe returns a payment method of a customer's under that customer's path only, which is what proves whose it is.

use domain::payments::{GatewayId, SavedMethod};
use domain::words::id::UserId;
use domain::words::payment_method::PaymentMethod;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;
use secrecy::SecretString;
use serde::Deserialize;

use super::lists::{PAGE, Page};
use super::objects::NextAction;
use super::{Ask, Stripe, read};
use crate::gateway::wallet::Wallet;
use crate::gateway::{Action, GatewayError};

#[derive(Debug, Deserialize)]
struct CustomerObject {
    id: GatewayId,
}

/// A SetupIntent, and where the customer enters a payment method without Stripe's script, if that is possible.
#[derive(Debug, Deserialize)]
struct SetupIntent {
    client_secret: SecretString,
    next_action: Option<NextAction>,
}

/// A payment method (<https://docs.stripe.com/api/payment_methods/object>). Those that are no cards have none.
#[derive(Debug, Deserialize)]
struct MethodObject {
    id: PaymentMethod,
    card: Option<CardObject>,
}

#[derive(Debug, Deserialize)]
struct CardObject {
    brand: String,
    last4: String,
    exp_month: u8,
    exp_year: u16,
}

impl MethodObject {
    fn saved(self) -> Option<SavedMethod> {
        let CardObject { brand, last4, exp_month, exp_year } = self.card?;
        Some(SavedMethod { payment_method: self.id, brand, last4, exp_month, exp_year })
    }
}

impl Stripe {
    /// Sent under a key that is the user's, so that an answer that is lost makes no second customer.
    async fn new_customer(&self, user: UserId) -> Result<GatewayId, GatewayError> {
        let user = user.to_string();
        let params = [("metadata[user_id]", user.as_str())];
        let created = self.post("/v1/customers", &params, Some(user.clone())).await??;
        Ok(read::<CustomerObject>(&created)?.id)
    }

    async fn without_customer(&self, customer: &GatewayId) -> Result<(), GatewayError> {
        let path = format!("/v1/customers/{customer}");
        let ask = Ask { method: Method::DELETE, path, params: &[], key: None };
        match self.ask(&ask).await?.accepted()? {
            Ok(_) => Ok(()),
            // An earlier answer was lost.
            Err(refusal) if refusal.is_missing() => Ok(()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn setup_intent(&self, customer: &GatewayId) -> Result<Action, GatewayError> {
        let params = [
            ("customer", customer.as_ref()),
            ("payment_method_types[0]", "card"),
            // Customers pay themselves: nothing is charged without them.
            ("usage", "on_session"),
        ];
        let created = self.post("/v1/setup_intents", &params, None).await??;
        let SetupIntent { client_secret, next_action } = read(&created)?;
        Ok(Action { client_secret, redirect_url: next_action.and_then(NextAction::url) })
    }

    /// Returns the newest payment methods of a customer, as many as a page has.
    async fn methods_of(&self, customer: &GatewayId) -> Result<Vec<SavedMethod>, GatewayError> {
        let path = format!("/v1/customers/{customer}/payment_methods?type=card&limit={PAGE}");
        let Page { data, .. } = self.get::<Page<MethodObject>>(path).await?;
        Ok(data.into_iter().filter_map(MethodObject::saved).collect())
    }

    async fn method_of(
        &self,
        customer: &GatewayId,
        method: &PaymentMethod,
    ) -> Result<Option<SavedMethod>, GatewayError> {
        let path = format!("/v1/customers/{customer}/payment_methods/{method}");
        let ask = Ask { method: Method::GET, path, params: &[], key: None };
        match self.ask(&ask).await?.accepted()? {
            Ok(found) => Ok(read::<MethodObject>(&found)?.saved()),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn detached(&self, method: &PaymentMethod) -> Result<(), GatewayError> {
        self.post(&format!("/v1/payment_methods/{method}/detach"), &[], None).await??;
        Ok(())
    }
}

impl Wallet for Stripe {
    fn create_customer(&self, user: UserId) -> BoxFuture<'_, Result<GatewayId, GatewayError>> {
        self.new_customer(user).boxed()
    }

    fn delete_customer<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<(), GatewayError>> {
        self.without_customer(customer).boxed()
    }

    fn set_up<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<Action, GatewayError>> {
        self.setup_intent(customer).boxed()
    }

    fn saved<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<Vec<SavedMethod>, GatewayError>> {
        self.methods_of(customer).boxed()
    }

    fn find_saved<'a>(
        &'a self,
        customer: &'a GatewayId,
        method: &'a PaymentMethod,
    ) -> BoxFuture<'a, Result<Option<SavedMethod>, GatewayError>> {
        self.method_of(customer, method).boxed()
    }

    fn detach<'a>(&'a self, method: &'a PaymentMethod) -> BoxFuture<'a, Result<(), GatewayError>> {
        self.detached(method).boxed()
    }
}

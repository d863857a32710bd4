//! What customers keep at the payment gateway: their payment methods.

use domain::payments::{GatewayId, SavedMethod};
use domain::words::id::UserId;
use domain::words::payment_method::PaymentMethod;
use futures::future::BoxFuture;

use crate::gateway::{Action, GatewayError};

/// Where customers have their saved payment methods. Every call may be repeated.
///
/// A payment method is a customer's if the gateway says so, whoever knows its token.
pub trait Wallet {
    /// Creates a user's record at the gateway, one for each user.
    fn create_customer(&self, user: UserId) -> BoxFuture<'_, Result<GatewayId, GatewayError>>;

    /// Deletes a customer, with all saved payment methods.
    fn delete_customer<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<(), GatewayError>>;

    /// Begins to save a payment method, and returns what the customer needs to enter it at the gateway.
    fn set_up<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<Action, GatewayError>>;

    /// Returns the payment methods that a customer has saved, newest first.
    fn saved<'a>(&'a self, customer: &'a GatewayId) -> BoxFuture<'a, Result<Vec<SavedMethod>, GatewayError>>;

    /// Returns a payment method if the customer has saved it.
    fn find_saved<'a>(
        &'a self,
        customer: &'a GatewayId,
        method: &'a PaymentMethod,
    ) -> BoxFuture<'a, Result<Option<SavedMethod>, GatewayError>>;

    /// Takes a payment method from its customer, for good.
    fn detach<'a>(&'a self, method: &'a PaymentMethod) -> BoxFuture<'a, Result<(), GatewayError>>;
}

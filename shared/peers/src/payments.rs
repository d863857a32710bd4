//! A client of the payment service.

use domain::payments::SavedMethod;
use domain::words::id::UserId;
use domain::words::payment_method::PaymentMethod;
use edge::{Cause, Connect, Environment, InitError};

use crate::peer::{Peer, PeerError};

/// A client of the payment service.
#[derive(Debug, Clone)]
pub struct PaymentsClient(Peer);

impl Connect for PaymentsClient {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Peer::connect(environment, "PAYMENTS_API_URL")?))
    }
}

impl PaymentsClient {
    /// Creates a client that calls through `peer`.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// Returns a payment method that a user has saved.
    ///
    /// # Errors
    /// The payment service's refusal if the user has not saved it, or its unavailability. In the latter case nothing can be
    /// ordered with it.
    pub async fn saved_method(
        &self,
        user_id: UserId,
        method: &PaymentMethod,
        cause: &Cause,
    ) -> Result<SavedMethod, PeerError> {
        self.0.get(&format!("/internal/users/{user_id}/payment-methods/{method}"), cause).await
    }
}

//! The product service, as orders asks it.

use domain::id::OrderId;
use domain::money::Currency;
use domain::stock::{Lines, Reservation};
use edge::{Cause, Connect, Environment, InitError, Peer, PeerError};
use serde::Serialize;

/// The product service.
#[derive(Debug, Clone)]
pub struct Products(Peer);

#[derive(Serialize)]
struct Reserve<'a> {
    order_id: OrderId,
    currency: Currency,
    lines: &'a Lines,
}

impl Connect for Products {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Peer::connect(environment, "PRODUCTS_API_URL")?))
    }
}

impl Products {
    /// The product service behind `peer`.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// Prices lines and holds their stock for an order, all or nothing. The same order and lines get the same reservation.
    ///
    /// # Errors
    /// What the product service refuses with (an unknown sku, too little stock …), or that it does not answer: then
    /// nothing can be ordered, and what it may have held comes back by itself.
    pub async fn reserve(
        &self,
        order_id: OrderId,
        currency: Currency,
        lines: &Lines,
        cause: &Cause,
    ) -> Result<Reservation, PeerError> {
        self.0.post("/internal/reservations", &Reserve { order_id, currency, lines }, cause).await
    }
}

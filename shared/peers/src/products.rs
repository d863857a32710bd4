//! A client of the product service.

use domain::stock::Reservation;
use domain::words::id::OrderId;
use domain::words::line::Lines;
use domain::words::money::Currency;
use edge::{Cause, Connect, Environment, InitError};
use serde::Serialize;

use crate::peer::{Peer, PeerError};

/// A client of the product service.
#[derive(Debug, Clone)]
pub struct ProductsClient(Peer);

#[derive(Serialize)]
struct Reserve<'a> {
    order_id: OrderId,
    currency: Currency,
    lines: &'a Lines,
}

impl Connect for ProductsClient {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Peer::connect(environment, "PRODUCTS_API_URL")?))
    }
}

impl ProductsClient {
    /// Creates a client that calls through `peer`.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// Prices lines and reserves their stock for an order, all or nothing. The same order and lines get the same
    /// reservation.
    ///
    /// # Errors
    /// The product service's refusal (an unknown SKU, insufficient stock …), or its unavailability. In the latter case
    /// nothing can be ordered, and stock that it may have reserved is released at the end of the hold.
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

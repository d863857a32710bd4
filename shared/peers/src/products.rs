//! A client of the product service.

use domain::stock::{ExpectedPrice, Offers, Reservation};
use domain::words::id::OrderId;
use domain::words::line::{Lines, Skus};
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
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    expected: &'a [ExpectedPrice],
}

#[derive(Serialize)]
struct QuoteLines<'a> {
    skus: &'a Skus,
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

    /// Returns what SKUs are offered for, and which of them the shop does not have. Nothing is held.
    ///
    /// # Errors
    /// If the product service is unavailable.
    pub async fn offers(&self, skus: &Skus, cause: &Cause) -> Result<Offers, PeerError> {
        self.0.post("/internal/quotes", &QuoteLines { skus }, cause).await
    }

    /// Prices lines and reserves their stock for an order, all or nothing. The same order and lines get the same
    /// reservation. Nothing is held if a price differs from the `expected` one.
    ///
    /// # Errors
    /// The product service's refusal (an unknown SKU, insufficient stock …), or its unavailability. In the latter case
    /// nothing can be ordered, and stock that it may have reserved is released at the end of the hold.
    pub async fn reserve(
        &self,
        order_id: OrderId,
        currency: Currency,
        lines: &Lines,
        expected: &[ExpectedPrice],
        cause: &Cause,
    ) -> Result<Reservation, PeerError> {
        let reserve = Reserve { order_id, currency, lines, expected };
        self.0.post("/internal/reservations", &reserve, cause).await
    }
}

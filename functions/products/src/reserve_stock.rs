//! `POST /internal/reservations`: the order service has lines priced and their stock held, all or nothing.

use domain::event::Envelope;
use domain::id::OrderId;
use domain::money::Currency;
use domain::stock::{Lines, Reservation};
use edge::{Call, Problem, Reply, Service};
use serde::{Deserialize, Serialize};
use store::{Attempt, Outcome, until_committed};

use crate::store::Products;

/// What is to be held.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveStock {
    /// For which order; one order has one reservation.
    pub order_id: OrderId,
    /// The currency that the order is in.
    pub currency: Currency,
    /// What, and how many.
    pub lines: Lines,
}

/// Holds stock. The same order and lines get the same reservation, however often they are sent.
///
/// # Errors
/// 409 when stock is short or the order's reservation has ended, 422 for an unknown sku, another currency, or other lines
/// than the order has reserved.
pub async fn reserve_stock(
    products: Products,
    call: Call<ReserveStock, Service>,
) -> Result<Reply<Reservation>, Problem> {
    let ReserveStock { order_id, currency, lines } = &call.body;
    until_committed(|| async {
        if let Some(found) = products.reservation(*order_id).await? {
            return Ok(Attempt::Done(Reply::ok(found.value.repeat(lines, *currency)?)));
        }
        let stock = products.stock(lines.as_slice().iter().map(|line| &line.sku)).await?;
        let held = Reservation::hold(*order_id, lines, *currency, &stock, call.now)?;
        let events: Vec<Envelope> = held.events.iter().map(|event| call.envelope(event.clone())).collect();
        Ok(match products.hold(&held, &stock, &events).await? {
            Outcome::Committed => Attempt::Done(Reply::ok(held.reservation)),
            // Others took pieces meanwhile, or the same request was faster: what there is now decides.
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await
}

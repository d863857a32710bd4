//! `POST /internal/reservations`: prices an order's lines and holds their stock, all or nothing.

use domain::stock::{ExpectedPrice, Reservation, StockRefusal};
use domain::words::id::OrderId;
use domain::words::line::Lines;
use domain::words::money::Currency;
use edge::{Call, Problem, Reply, Service};
use serde::{Deserialize, Serialize};
use store::Stored;

use crate::reservations::rows::{self, ReservationRow};
use crate::store::Products;

/// A request to hold stock.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReserveStock {
    /// The order; one order has one reservation.
    pub order_id: OrderId,
    /// The currency of the order.
    #[cfg_attr(feature = "schema", schemars(with = "domain::schema::CurrencyCode"))]
    pub currency: Currency,
    /// SKUs and quantities.
    pub lines: Lines,
    /// The prices that the customer was offered. If the price of a line differs, nothing is held.
    #[serde(default)]
    pub expected: Vec<ExpectedPrice>,
}

/// Holds stock. Repeated requests with the same order and lines return the same reservation.
///
/// # Errors
/// 409 if stock is insufficient, the price of a line differs from the expected one, or the order's reservation has ended; 422 for an
/// unknown SKU, another currency, or other lines or prices than the order has reserved.
pub async fn reserve_stock(
    products: Products,
    call: Call<ReserveStock, Service>,
) -> Result<Reply<Reservation>, Problem> {
    let ReserveStock { order_id, currency, lines, expected } = &call.body;
    let hold = async |found: Option<Stored<Reservation>>| {
        if let Some(found) = found {
            // Pieces are held, so this is not the refusal that holds nothing.
            let same = found.value.repeat(lines, *currency)?;
            same.check_prices(expected).map_err(|_| StockRefusal::DifferentLines)?;
            return Ok(None);
        }
        let wanted = lines.as_slice().iter().map(|line| (&line.sku, u64::from(line.quantity.into_inner())));
        let stock = products.stock_for(*order_id, &wanted.collect::<Vec<_>>()).await?;
        let held = Reservation::hold(*order_id, lines, *currency, &stock, call.now)?;
        held.reservation.check_prices(expected)?;
        Ok::<_, Problem>(Some(rows::hold(held, &stock)))
    };
    let held = products.table.at::<ReservationRow>(rows::key(*order_id)).change(&call, hold).await?;
    let reservation = held.row.ok_or_else(|| Problem::internal("the reservation is missing"))?;
    Ok(Reply::ok(reservation.value))
}

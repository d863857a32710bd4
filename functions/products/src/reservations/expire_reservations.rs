//! Schedule: releases stock that was not settled in time after the end of its hold.

use domain::stock::Reservation;
use domain::words::id::OrderId;
use edge::queue::Failure;
use edge::schedule::{Measures, Tick, drain};
use store::Stored;
use telemetry::Metric;

use crate::reservations::rows::{self, ReservationRow};
use crate::store::{DueReservation, Products};

const MEASURES: Measures = Measures {
    age: Metric::ReservationsOverdue,
    failed: Metric::ReservationsStuck,
    set_apart: Metric::ReservationsSetApart,
};

/// Releases overdue reservations, as many as the time allows. The next run continues.
///
/// # Errors
/// If the table fails. A reservation whose stock is inconsistent is counted, and delays no other.
pub async fn expire_reservations(products: Products, tick: Tick) -> Result<(), Failure> {
    let (products, tick) = (&products, &tick);
    drain(products.overdue(tick.now).await, tick, MEASURES, |DueReservation { order_id }| {
        expire(products, order_id, tick)
    })
    .await
}

async fn expire(products: &Products, order_id: OrderId, tick: &Tick) -> Result<(), Failure> {
    let expire = async |found: Option<Stored<Reservation>>| {
        let change = found.and_then(|found| found.value.expire(tick.now));
        let mistake =
            || Failure::from(format!("inconsistent stock: the pieces held for {order_id} are missing"));
        Ok::<_, Failure>(change.map(|change| rows::settle(change, Some(mistake))))
    };
    products.table.at::<ReservationRow>(rows::key(order_id)).change(tick, expire).await?;
    Ok(())
}

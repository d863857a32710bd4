//! Schedule: releases stock that was not settled in time after the end of its hold.

use domain::stock::Reservation;
use domain::words::id::OrderId;
use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use store::Stored;

use crate::reservations::rows::{self, ReservationRow};
use crate::store::Products;

/// Releases overdue reservations, at most 400 per run. The next run continues.
///
/// # Errors
/// If the table fails, or the stock of a reservation is inconsistent. Other reservations of the run are still released.
pub async fn expire_reservations(products: Products, tick: Tick) -> Result<(), Failure> {
    let overdue = products.overdue(tick.now).await?;
    act_on_each(&overdue, tick.deadline, |order_id| expire(&products, order_id, &tick)).await.finish()
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

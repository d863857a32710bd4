//! Schedule: expires unpaid orders at the end of their hold, requests refunds again that nobody has heard of, and counts returns that
//! should have been paid back.

use domain::orders::timeline::Actor;
use domain::orders::{Order, OrderRefusal};
use edge::queue::Failure;
use edge::schedule::{Measures, Tick, drain};
use store::Stored;
use telemetry::Metric;

use crate::orders::rows::{self, OrderRow};
use crate::store::{DueOrder, Orders};

const MEASURES: Measures =
    Measures { age: Metric::OrdersOverdue, failed: Metric::OrdersStuck, set_apart: Metric::OrdersSetApart };

/// Expires the orders whose hold has ended, and requests the refunds of ended ones again, as many as the time allows. The next run
/// continues.
///
/// # Errors
/// If the table fails. An order that fails is counted, and delays no other.
pub async fn expire_orders(orders: Orders, tick: Tick) -> Result<(), Failure> {
    let (orders, tick) = (&orders, &tick);
    drain(orders.due(tick.now).await, tick, MEASURES, |DueOrder { order_id }| async move {
        let expire = async |found: Option<Stored<Order>>| {
            let order = found.ok_or(OrderRefusal::NotFound)?;
            let change = order.value.when_due(tick.now);
            Ok::<_, Failure>(change.map(|change| rows::change(&order, change, Actor::System)))
        };
        orders.table.at::<OrderRow>(rows::key(order_id)).change(tick, expire).await.map(drop)
    })
    .await?;
    if tick.is_tenth_minute() {
        Metric::RefundsOverdue.publish(orders.refunds_overdue(tick.now).await?);
    }
    Ok(())
}

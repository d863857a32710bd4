//! Schedule: expires unpaid orders at the end of their hold.

use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use telemetry::Metric;

use crate::store::Orders;

/// Expires the orders whose hold has ended, at most 400 per run. The next run continues.
///
/// # Errors
/// If the table fails, or an order does not decode. Other orders of the run still expire.
pub async fn expire_orders(orders: Orders, tick: Tick) -> Result<(), Failure> {
    let due = orders.due(tick.now).await?;
    let expire = |order_id| {
        let expired = orders.change(order_id, &tick, |order| Ok::<_, Failure>(order.value.expire(tick.now)));
        async { expired.await.map(|_| ()) }
    };
    let expired = act_on_each(&due, tick.deadline, expire).await;
    Metric::OrdersStuck.publish(expired.failed());
    expired.finish()
}

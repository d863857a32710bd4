//! Schedule: orders that were not paid while their stock was held expire.

use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use telemetry::Metric;

use crate::store::Orders;

/// Expires the orders whose hold has ended, at most 400 a run; the next run has the rest.
///
/// # Errors
/// When the table fails, or an order does not decode. The others of the run expire all the same.
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

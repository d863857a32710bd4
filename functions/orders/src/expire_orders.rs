//! Schedule: orders that were not paid while their stock was held end.

use domain::id::OrderId;
use edge::Metric;
use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use store::{Attempt, Outcome, until_committed};

use crate::store::Orders;

/// Expires the orders whose hold has ended, at most 400 a run; the next run has the rest.
///
/// # Errors
/// When the table fails, or an order does not decode. The others of the run expire all the same.
pub async fn expire_orders(orders: Orders, tick: Tick) -> Result<(), Failure> {
    let due = orders.due(tick.now).await?;
    let expired = act_on_each(&due, tick.deadline, |order_id| expire(&orders, order_id, &tick)).await;
    Metric::OrdersStuck.publish(expired.failed());
    expired.finish()
}

async fn expire(orders: &Orders, order_id: OrderId, tick: &Tick) -> Result<(), Failure> {
    until_committed(|| async {
        let Some(found) = orders.get(order_id).await? else { return Ok(Attempt::Done(())) };
        let Some(change) = found.value.expire(tick.now) else { return Ok(Attempt::Done(())) };
        let event = change.event.map(|event| tick.cause.envelope(event, tick.now));
        Ok::<_, Failure>(match orders.replace(found.version, &change.order, event.as_ref(), None).await? {
            Outcome::Committed => Attempt::Done(()),
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await
}

//! Schedule: stock that nobody settled after its hold had ended comes back.

use domain::event::Envelope;
use domain::id::OrderId;
use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use store::{Attempt, Outcome, until_committed};

use crate::stock::COUNTERS;
use crate::store::Products;

/// Lets go of overdue reservations, at most 400 a run; the next run has the rest.
///
/// # Errors
/// When the table fails, or the books of a reservation are wrong. The others of the run are let go all the same.
pub async fn expire_reservations(products: Products, tick: Tick) -> Result<(), Failure> {
    let overdue = products.overdue(tick.now).await?;
    act_on_each(&overdue, tick.deadline, |order_id| expire(&products, order_id, &tick)).await.finish()
}

async fn expire(products: &Products, order_id: OrderId, tick: &Tick) -> Result<(), Failure> {
    until_committed(|| async {
        let Some(found) = products.reservation(order_id).await? else { return Ok(Attempt::Done(())) };
        let Some(change) = found.value.expire(tick.now) else { return Ok(Attempt::Done(())) };
        let events: Vec<Envelope> =
            change.events.iter().map(|event| tick.cause.envelope(event.clone(), tick.now)).collect();
        match products.settle(found.version, &change, &events, None, tick.now).await? {
            Outcome::Committed => Ok(Attempt::Done(())),
            Outcome::Refused(COUNTERS) => {
                Err::<_, Failure>(format!("what {order_id} holds is not in the stock's books").into())
            }
            Outcome::Refused(_) => Ok(Attempt::Raced),
        }
    })
    .await
}

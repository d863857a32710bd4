//! Schedule: payments that something is due of at the gateway, and that nobody has touched for a while, are settled.
//!
//! As a rule the message that asked for it comes again by itself. This is for the rest: a gateway that was down for longer
//! than a message is tried, a message in the dead-letter queue, a refund that takes the gateway days.

use domain::id::PaymentId;
use edge::Metric;
use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use jiff::SignedDuration;

use crate::gateway::Gateway;
use crate::settlement::Settlement;
use crate::store::Payments;

/// A message comes again a minute after it was last tried, and each try is written down. What has not changed for longer is
/// left alone by its message.
pub const UNTOUCHED: SignedDuration = SignedDuration::from_mins(2);

/// Settles what has been left, at most 400 payments a run; the next run has the rest. It is safe beside the deliveries of
/// events, and beside another run.
///
/// # Errors
/// When the table fails, or the gateway gives no answer that settles a payment, which then stays as it is. The others of
/// the run are settled all the same.
pub async fn reconcile_payments((payments, gateway): (Payments, Gateway), tick: Tick) -> Result<(), Failure> {
    let left = payments.unsettled(tick.now - UNTOUCHED).await?;
    let reconciled = act_on_each(&left, tick.deadline, |id| reconcile(&payments, &gateway, id, &tick)).await;
    Metric::PaymentsUnknown.publish(reconciled.failed());
    reconciled.finish()
}

async fn reconcile(
    payments: &Payments,
    gateway: &Gateway,
    id: PaymentId,
    tick: &Tick,
) -> Result<(), Failure> {
    let Some(found) = payments.get(id).await? else { return Ok(()) };
    let settlement = Settlement { payments, gateway, now: tick.now, cause: &tick.cause, event: None };
    settlement.settle(found).await
}

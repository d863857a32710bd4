//! Schedule: settles payments that have an action due at the gateway and have not changed for a while.
//!
//! Usually the queue redelivers the message that caused the action. The schedule handles the rest: a gateway outage
//! longer than the message's retries, a message in the dead-letter queue, a refund that takes the gateway days.

use domain::words::id::PaymentId;
use edge::queue::Failure;
use edge::schedule::{Tick, act_on_each};
use jiff::SignedDuration;
use store::Error;
use telemetry::Metric;

use crate::gateway::Gateway;
use crate::payments::rows;
use crate::payments::settlement::Settlement;
use crate::store::Payments;

/// The queue redelivers a message within a minute of its last try, and each try is recorded. So a payment that has not
/// changed for longer than this has no message any more.
pub const UNTOUCHED: SignedDuration = SignedDuration::from_mins(2);

/// Settles the remaining payments, at most 400 per run. The next run continues. Safe to run concurrently with
/// deliveries and with itself.
///
/// # Errors
/// If the table fails, a payment is in a state of a newer version, or the gateway gives no conclusive answer. Such a
/// payment is not changed. Other payments of the run are still settled.
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
    if !found.value.is_understood() {
        return Err(Error::Newer { key: rows::key(id).to_string() }.into());
    }
    Settlement { payments, gateway, trigger: tick }.settle(found).await
}

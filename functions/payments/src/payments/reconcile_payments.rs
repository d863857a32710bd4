//! Schedule: payments that have something due at the gateway, and that did not change for a while, are settled.
//!
//! Usually the message that asked for it comes again. This is for the rest: a gateway that was down for longer than a message is
//! retried, a message in the dead-letter queue, a refund that takes the gateway days.

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

/// A message comes again within a minute of its last try, and each try is recorded. A payment that has not changed for longer has no
/// message any more.
pub const UNTOUCHED: SignedDuration = SignedDuration::from_mins(2);

/// Settles the payments that are left, at most 400 a run; the next run has the rest. It may run beside the deliveries of events, and
/// beside another run.
///
/// # Errors
/// When the table fails, a payment is in a state of a newer version, or the gateway gives no conclusive answer; such a payment stays
/// as it is. The others of the run are settled all the same.
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

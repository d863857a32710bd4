//! Schedule: settles payments that have an action due at the gateway and have not changed for a while.
//!
//! Usually the queue redelivers the message that caused the action. The schedule handles the rest: a gateway outage
//! longer than the message's retries, a message in the dead-letter queue, a refund that takes the gateway days.

use domain::words::id::PaymentId;
use edge::queue::Failure;
use edge::schedule::{Measures, Tick, drain};
use jiff::SignedDuration;
use telemetry::Metric;

use crate::disputes::look_up::{LOOKED_BACK, look_for_disputes};
use crate::gateway::Gateway;
use crate::payments::settlement::Settlement;
use crate::store::{DuePayment, Payments};

/// The queue redelivers a message within a minute of its last try, and each try is recorded. So a payment that has not
/// changed for longer than this has no message any more.
pub const UNTOUCHED: SignedDuration = SignedDuration::from_mins(2);

const MEASURES: Measures = Measures {
    age: Metric::PaymentsOverdue,
    failed: Metric::PaymentsUnknown,
    set_apart: Metric::PaymentsSetApart,
};

/// Settles the remaining payments, as many as the time allows. The next run continues. Once an hour, it also looks for disputes and for
/// refunds that came back of which no report has told. Safe to run concurrently with deliveries and with itself.
///
/// # Errors
/// If the table fails, or a dispute or a failed refund cannot be read or recorded. A payment in a state of a newer version, or of which
/// the gateway gives no conclusive answer, is not changed; it is counted, and delays no other.
pub async fn reconcile_payments((payments, gateway): (Payments, Gateway), tick: Tick) -> Result<(), Failure> {
    let (payments, gateway, tick) = (&payments, &gateway, &tick);
    let looked = match tick.begins_an_hour() {
        true => [
            Box::pin(look_for_disputes((payments, gateway), tick)).await,
            Box::pin(look_for_failed_refunds((payments, gateway), tick)).await,
        ],
        false => [Ok(()), Ok(())],
    };
    let unsettled = payments.unsettled(tick.now - UNTOUCHED).await;
    drain(unsettled, tick, MEASURES, |DuePayment { payment_id }| {
        reconcile(payments, gateway, payment_id, tick)
    })
    .await?;
    looked.into_iter().collect()
}

/// Records the refunds that were made and have failed in the last days, of which no report has told.
async fn look_for_failed_refunds(
    (payments, gateway): (&Payments, &Gateway),
    tick: &Tick,
) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for failed in gateway.refunds_failed_since(tick.now - LOOKED_BACK).await? {
        let recorded = async {
            let Some(found) = payments.understood(failed.payment_id).await? else { return Ok(()) };
            Settlement { payments, gateway, trigger: tick }.refund_returned(found, &failed).await
        };
        if let Err(failure) = recorded.await {
            tracing::error!(error = %failure, refund_id = %failed.refund_id, "a failed refund cannot be recorded");
            outcome = Err(failure);
        }
    }
    outcome
}

async fn reconcile(
    payments: &Payments,
    gateway: &Gateway,
    id: PaymentId,
    tick: &Tick,
) -> Result<(), Failure> {
    let Some(found) = payments.understood(id).await? else { return Ok(()) };
    Settlement { payments, gateway, trigger: tick }.settle(found).await
}

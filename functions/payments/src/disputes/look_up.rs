//! Looks disputes up at the payment gateway: one that it has reported, or all that it may have reported in vain.

use domain::payments::GatewayId;
use edge::queue::Failure;
use edge::schedule::Tick;
use jiff::SignedDuration;
use store::{Change, Error, Trigger};

use crate::disputes::rows::{DisputeRow, PaymentDispute};
use crate::gateway::Gateway;
use crate::gateway::disputes::FoundDispute;
use crate::payments::rows::PaymentRow;
use crate::payments::settlement::Settlement;
use crate::store::Payments;

/// How far back the schedule looks for disputes, and for failed refunds, that were reported in vain: longer than an outage.
pub const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Records what the gateway states about a dispute that it has reported. One of a payment that is not the shop's is ignored.
///
/// # Errors
/// If the table fails, or the gateway gives no conclusive answer.
pub async fn look_up_dispute(
    (payments, gateway): (&Payments, &Gateway),
    name: &GatewayId,
    trigger: &dyn Trigger,
) -> Result<(), Failure> {
    match gateway.dispute(name).await? {
        Some(found) => record((payments, gateway), &found, trigger).await,
        None => Ok(()),
    }
}

/// Records the disputes of the last days that no report has told of.
///
/// # Errors
/// If the gateway does not list them, or one of them cannot be recorded; it delays no other.
pub async fn look_for_disputes(
    (payments, gateway): (&Payments, &Gateway),
    tick: &Tick,
) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for found in gateway.disputes_since(tick.now - LOOKED_BACK).await? {
        if let Err(failure) = record((payments, gateway), &found, tick).await {
            tracing::error!(error = %failure, dispute = %found.report.gateway, "a dispute cannot be recorded");
            outcome = Err(failure);
        }
    }
    outcome
}

async fn record(
    (payments, gateway): (&Payments, &Gateway),
    found: &FoundDispute,
    trigger: &dyn Trigger,
) -> Result<(), Failure> {
    let Some(id) = found.payment_id else { return Ok(()) };
    let Some(payment) = payments.understood(id).await? else { return Ok(()) };
    // Whoever has access to the gateway's account can give any payment there the name of one of the shop's.
    if payment.value.intent.as_ref() != Some(&found.intent) {
        tracing::warn!(payment_id = %id, intent = %found.intent, "a dispute is of another payment at the gateway");
        return Ok(());
    }
    Settlement { payments, gateway, trigger }.disputed(payment, &found.report).await
}

impl Payments {
    /// Writes a dispute in the transaction of its payment's change.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn with_dispute<E: From<Error>>(
        &self,
        disputed: &PaymentDispute,
        change: Change<PaymentRow, E>,
    ) -> Result<Change<PaymentRow, E>, E> {
        let found = self.table.get(&<DisputeRow as store::Row>::key(disputed)).await?;
        Ok(match found {
            Some(found) => change.replace::<DisputeRow>(&found, disputed),
            None => change.insert::<DisputeRow>(disputed),
        })
    }
}

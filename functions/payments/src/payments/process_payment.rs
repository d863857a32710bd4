//! Queue `payment-commands`: an order that is placed is charged; the payment of one that has ended is voided or refunded.

use domain::payments::{Command, Payment};
use domain::words::id::PaymentId;
use edge::queue::{Delivery, Failure};
use store::{Change, Outcome, Stored};

use crate::gateway::Gateway;
use crate::payments::rows::{self, PaymentRow};
use crate::payments::settlement::Settlement;
use crate::store::Payments;

/// Applies one event of an order to its payment. Events may come in any order, more than once and concurrently.
///
/// # Errors
/// When the event is not for payments, the table fails, or the gateway gives no conclusive answer: then the message comes again, and
/// the gateway is asked for the outcome before anything is charged.
pub async fn process_payment(
    (payments, gateway): (Payments, Gateway),
    delivery: Delivery,
) -> Result<(), Failure> {
    let command = Command::try_from(&delivery.envelope.event)?;
    let record = async |found: Option<Stored<Payment>>| Ok::<_, Failure>(record(&command, found, &delivery));
    let id = PaymentId::of(command.order_id());
    let recorded = payments.table.at::<PaymentRow>(rows::key(id)).consume(&delivery, record).await?;
    match (recorded.outcome, recorded.row) {
        // Another delivery of this event has marked it, so nothing is due.
        (Outcome::Duplicate, _) | (_, None) => Ok(()),
        (Outcome::Written | Outcome::Unchanged, Some(payment)) => {
            Settlement { payments: &payments, gateway: &gateway, trigger: &delivery }.settle(payment).await
        }
    }
}

/// What is written before the gateway is asked for anything: the attempt, unless there is one or the order has ended already; or
/// that the order has ended. If another process is charging it at this moment, that one notices at its next write; what it has
/// confirmed by then, the gateway tells.
fn record(
    command: &Command,
    found: Option<Stored<Payment>>,
    delivery: &Delivery,
) -> Option<Change<PaymentRow, Failure>> {
    match (command, found) {
        (Command::Charge(placed), None) => Some(rows::to(Payment::begin(placed, delivery.now))),
        (Command::Charge(_), Some(_)) => None,
        (Command::Cancel(order), None) => Some(rows::to(Payment::void_before_start(order, delivery.now))),
        (Command::Cancel(_), Some(found)) => found.value.cancel(delivery.now).map(rows::change),
    }
}

//! Queue `payment-commands`: charges placed orders, voids or refunds the payments of ended ones, captures what was shipped, makes the
//! refunds that are granted, asks the gateway about the payments and disputes that it has reported, hands the payments of a guest over
//! to the account whose owner the guest is, and has the gateway forget the customers whose accounts were erased.

use domain::events::{CaptureRequested, OrderPlaced, OrderReowned, PaymentOutcome, RefundGranted};
use domain::payments::{About, Command, Customer, Payment};
use edge::queue::{Delivery, Failure};
use store::{Change, Outcome, Stored};

use crate::disputes::look_up::look_up_dispute;
use crate::gateway::Gateway;
use crate::methods::customers::forget;
use crate::methods::rows::CustomerRow;
use crate::payments::rows::{self, PaymentRow};
use crate::payments::settlement::Settlement;
use crate::store::Payments;

/// Applies one event to a payment. Events may arrive in any order, more than once and concurrently.
///
/// # Errors
/// If the event is not for payments, the table fails, the gateway gives no conclusive answer, or the payment that is to be
/// refunded or to become another customer's does not exist yet. The queue then redelivers the message, and the outcome is looked
/// up at the gateway before anything is charged.
pub async fn process_payment(
    (payments, gateway): (Payments, Gateway),
    delivery: Delivery,
) -> Result<(), Failure> {
    let command = Command::try_from(&delivery.envelope.event)?;
    let id = match command.about() {
        About::Payment(id) => id,
        About::Dispute(name) => {
            return Box::pin(look_up_dispute((&payments, &gateway), &name, &delivery)).await;
        }
        About::Customer(user) => return Box::pin(forget(&payments, &gateway, user, &delivery)).await,
    };
    // Boxed here and there, since the futures of a write within a write nest deeper than the compiler goes.
    let record = async |found: Option<Stored<Payment>>| {
        let customer = match (&command, &found) {
            (Command::Charge(placed), None) => {
                Box::pin(payments.customer_of(placed, &gateway, &delivery)).await?
            }
            _ => None,
        };
        record(&command, found, customer.as_ref(), &delivery)
    };
    let recorded =
        Box::pin(payments.table.at::<PaymentRow>(rows::key(id)).consume(&delivery, record)).await?;
    match (recorded.outcome, recorded.row) {
        // Another delivery of this event has marked it as done.
        (Outcome::Duplicate, _) | (_, None) => Ok(()),
        // What is due was due before, and has a message of its own or the schedule.
        (Outcome::Written | Outcome::Unchanged, Some(_)) if matches!(command, Command::Reown(_)) => Ok(()),
        (Outcome::Written | Outcome::Unchanged, Some(payment)) => {
            let settlement = Settlement { payments: &payments, gateway: &gateway, trigger: &delivery };
            match command {
                Command::LookUp(report) => Box::pin(settlement.look_up(payment, &report)).await,
                Command::Refund(granted) => Box::pin(settlement.refund_granted(payment, &granted)).await,
                Command::Capture(request) => Box::pin(settlement.capture_requested(payment, &request)).await,
                _ => Box::pin(settlement.settle(payment)).await,
            }
        }
    }
}

/// Begins an order's payment, with its first attempt, and records what its customer pays with.
fn begin(
    placed: &OrderPlaced,
    customer: Option<&Stored<Customer>>,
    delivery: &Delivery,
) -> Change<PaymentRow, Failure> {
    let payment = Payment::begin(placed, delivery.now);
    let Some(customer) = customer else { return rows::to(payment) };
    let change = rows::to(payment.billed_to(customer.value.customer_id.clone()));
    match customer.value.pays_with(&placed.payment_method) {
        Some(paying) => change.replace::<CustomerRow>(customer, &paying),
        None => change,
    }
}

/// Decides what to write before the first call of the gateway: a new attempt, unless one exists or the order has ended;
/// or that the order has ended, or has another owner. A process that is charging the payment concurrently notices this at
/// its next write, and the gateway reports what it has confirmed by then.
fn record(
    command: &Command,
    found: Option<Stored<Payment>>,
    customer: Option<&Stored<Customer>>,
    delivery: &Delivery,
) -> Result<Option<Change<PaymentRow, Failure>>, Failure> {
    Ok(match (command, found) {
        (Command::Charge(placed), None) => Some(begin(placed, customer, delivery)),
        (Command::Charge(_), Some(_)) => None,
        (Command::Cancel(order), None) => Some(rows::to(Payment::void_before_start(order, delivery.now))),
        (Command::Cancel(_), Some(found)) => found.value.cancel(delivery.now).map(rows::change),
        // The attempt is recorded by the request for it, and a refund or capture by its settlement.
        (Command::Retry(_) | Command::Refund(_) | Command::Capture(_), Some(_)) => None,
        // A report is only a reason to look. One of a payment that does not exist is not about this shop's.
        (Command::LookUp(_), _) => None,
        // They are about no payment.
        (Command::LookUpDispute(_) | Command::Forget(_), _) => None,
        // The order's placement is still on its way, and names the owner before.
        (Command::Reown(OrderReowned { order_id, .. }), None)
        | (Command::Refund(RefundGranted { order_id, .. }), None)
        | (Command::Capture(CaptureRequested { order_id, .. }), None)
        | (Command::Retry(PaymentOutcome { order_id, .. }), None) => {
            return Err(format!("the payment of the order {order_id} does not exist yet").into());
        }
        // This finishes the event whatever is due, since it performs nothing of it.
        (Command::Reown(order), Some(found)) => {
            found.value.reown(order.user_id).map(|reowned| rows::change(reowned).finishing(true))
        }
    })
}

//! Queue `payment-commands`: an order that is placed is charged; one that has ended is voided, or its money given back.

use domain::event::{Event, OrderPlaced, OrderSummary};
use domain::payment::Payment;
use edge::queue::{Delivery, Failure};
use store::inbox::DUPLICATE;
use store::{Attempt, Outcome, Stored, until_committed};

use crate::gateway::Gateway;
use crate::settlement::Settlement;
use crate::store::Payments;

/// Applies one event of an order to its payment. Events may come in any order, more than once and at once.
///
/// # Errors
/// When the event is none of these, the table fails, or the gateway gives no answer that settles anything: then the
/// message comes again, and the gateway is asked what became of it before anything is charged.
pub async fn process_payment(
    (payments, gateway): (Payments, Gateway),
    delivery: Delivery,
) -> Result<(), Failure> {
    let payment = match &delivery.envelope.event {
        Event::OrderPlaced(placed) => begin(&payments, placed, &delivery).await?,
        Event::OrderCancelled(order)
        | Event::OrderExpired(order)
        | Event::OrderOutOfStock(order)
        | Event::RefundRequested(order) => give_up(&payments, order, &delivery).await?,
        _ => return Err("payments has no use for this type of event".into()),
    };
    let settlement = Settlement {
        payments: &payments,
        gateway: &gateway,
        now: delivery.now,
        cause: &delivery.cause,
        event: Some(&delivery.envelope),
    };
    settlement.settle(payment).await
}

/// Writes the attempt, unless there is one, or the order has ended already.
async fn begin(
    payments: &Payments,
    placed: &OrderPlaced,
    delivery: &Delivery,
) -> Result<Stored<Payment>, Failure> {
    until_committed(|| async {
        if let Some(found) = payments.get(Payment::id_of(placed.order.order_id)).await? {
            return Ok(Attempt::Done(found));
        }
        let payment = Payment::begin(placed, delivery.now);
        Ok(match payments.insert(&payment, None).await? {
            Outcome::Committed => Attempt::Done(Stored { value: payment, version: 1 }),
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await
}

/// Writes that the order has ended. Whoever is charging it at this moment finds that out at their next write; what they
/// have confirmed by then is found out at the gateway.
async fn give_up(
    payments: &Payments,
    order: &OrderSummary,
    delivery: &Delivery,
) -> Result<Stored<Payment>, Failure> {
    until_committed(|| async {
        let Some(found) = payments.get(Payment::id_of(order.order_id)).await? else {
            let payment = Payment::void_before_start(order, delivery.now);
            return Ok(match payments.insert(&payment, Some(&delivery.envelope)).await? {
                Outcome::Committed => Attempt::Done(Stored { value: payment, version: 1 }),
                Outcome::Refused(_) => Attempt::Raced,
            });
        };
        let Some(change) = found.value.cancel(delivery.now) else { return Ok(Attempt::Done(found)) };
        let done = change.payment.due().is_none().then_some(&delivery.envelope);
        let written = payments.replace(found.version, &change, &delivery.cause, done).await?;
        Ok::<_, Failure>(match written {
            // Marked as applied by another delivery of it, nothing is due either.
            Outcome::Committed | Outcome::Refused(DUPLICATE) => {
                Attempt::Done(Stored { value: change.payment, version: found.version + 1 })
            }
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await
}

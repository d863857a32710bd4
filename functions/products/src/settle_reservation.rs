//! Queue `stock-commands`: an order that is paid has its pieces sold, one that ended unpaid gives them back.

use domain::event::{Envelope, Event};
use domain::id::OrderId;
use domain::stock::{Change, Reservation, ReservationStatus};
use edge::queue::{Delivery, Failure};
use store::inbox::DUPLICATE;
use store::{Attempt, Outcome, Stored, until_committed};

use crate::stock::COUNTERS;
use crate::store::Products;

/// Settles the reservation of the order that the event is of. What is settled already stays as it is.
///
/// # Errors
/// When the event is none of these, or its order has no reservation: an order is placed over a reservation and none is
/// ever deleted, so that is a fault for a person to look at, whatever became of the order. When the table fails.
pub async fn settle_reservation(products: Products, delivery: Delivery) -> Result<(), Failure> {
    let order_id = subject(&delivery.envelope.event)?;
    until_committed(|| async {
        let found = products.reservation(order_id).await?;
        let found = found.ok_or_else(|| format!("there is no reservation for {order_id}"))?;
        let Some(change) = decide(&products, &found.value, &delivery.envelope.event).await? else {
            return Ok(Attempt::Done(()));
        };
        let events: Vec<Envelope> =
            change.events.iter().map(|event| delivery.caused(event.clone())).collect();
        let cause = Some(&delivery.envelope);
        match products.settle(found.version, &change, &events, cause, delivery.now).await? {
            Outcome::Committed | Outcome::Refused(DUPLICATE) => Ok(Attempt::Done(())),
            Outcome::Refused(COUNTERS) => retry_if_released(&found),
            Outcome::Refused(_) => Ok(Attempt::Raced),
        }
    })
    .await
}

fn subject(event: &Event) -> Result<OrderId, Failure> {
    match event {
        Event::OrderConfirmed(order) | Event::OrderCancelled(order) | Event::OrderExpired(order) => {
            Ok(order.order_id)
        }
        _ => Err("products has no use for this type of event".into()),
    }
}

async fn decide(
    products: &Products,
    held: &Reservation,
    event: &Event,
) -> Result<Option<Change>, store::Error> {
    if !matches!(event, Event::OrderConfirmed(_)) {
        return Ok(held.release());
    }
    let stock = match held.status {
        ReservationStatus::Released => products.stock(held.lines.iter().map(|line| &line.sku)).await?,
        ReservationStatus::Held | ReservationStatus::Committed | ReservationStatus::Lost => Vec::new(),
    };
    let change = held.commit(&stock);
    if change.as_ref().is_some_and(|change| change.reservation.status == ReservationStatus::Lost) {
        tracing::warn!(order_id = %held.order_id, "paid after its hold had ended, and its stock is gone: it is called off");
    }
    Ok(change)
}

/// Pieces that are taken anew may go to others meanwhile: then what is left decides. Pieces that are held are there, or
/// the books are wrong.
fn retry_if_released(found: &Stored<Reservation>) -> Result<Attempt<()>, Failure> {
    let order_id = found.value.order_id;
    match found.value.status {
        ReservationStatus::Released => Ok(Attempt::Raced),
        _ => Err(format!("what {order_id} holds is not in the stock's books").into()),
    }
}

//! Queue `customer-events`: makes the orders of a guest those of the account whose owner the guest has turned out to be.

use domain::orders::standing::Standing;
use domain::orders::{CustomerCommand, Order};
use domain::words::id::OrderId;
use edge::queue::{Delivery, Failure};
use store::{Error, Stored};

use crate::orders::rows::{self, OrderRow};
use crate::store::Orders;

/// Moves all orders of a guest. First the guest's standing ends: a request that holds the guest's access token and has not
/// claimed a slot by then places no order any more. Each order is then in one of two places: in the list of the guest's
/// orders, or, if it was written too recently for the list's index, in one of the slots that the standing had.
///
/// If there are more orders than the time allows, the edge fails the delivery, and the next one finds only the rest.
///
/// # Errors
/// If the event is not for orders, the table fails, an order is in a state of a newer version, or an order may still be
/// written by a request that claimed its slot a moment ago. The queue then redelivers the message.
pub async fn apply_customer_event(orders: Orders, delivery: Delivery) -> Result<(), Failure> {
    let command = CustomerCommand::try_from(&delivery.envelope.event)?;
    let CustomerCommand::Merge { from, into } = command;
    let standing = orders.merge_standing(from, into, &delivery).await?;
    let mut order_ids = orders.ids_of(from).await?;
    order_ids.extend(standing.slots.iter().map(|slot| slot.order_id));
    let mut moved = Ok(());
    for order_id in order_ids {
        // An order that fails delays no other. Of several failures the first is reported; the next delivery meets the rest.
        moved = moved.and(reown(&orders, order_id, command, &standing, &delivery).await);
    }
    moved
}

/// Moves one order.
///
/// This is a `change` and leaves no mark of the event, unlike other consumers' writes: each order is a transaction of its
/// own, and the mark of the first would make all others duplicates. The order's row is mark enough. It goes from the guest
/// to the account and never back, so a repeated event finds nothing of the guest's.
async fn reown(
    orders: &Orders,
    order_id: OrderId,
    CustomerCommand::Merge { from, into }: CustomerCommand,
    standing: &Standing,
    delivery: &Delivery,
) -> Result<(), Failure> {
    let reown = async |found: Option<Stored<Order>>| {
        let change = found.and_then(|order| order.value.reown(from, into, delivery.now));
        Ok::<_, Error>(change.map(rows::change))
    };
    let done = orders.table.at::<OrderRow>(rows::key(order_id)).change(delivery, reown).await?;
    if done.row.is_none() && standing.may_be_written(order_id, delivery.now) {
        return Err(format!("the order {order_id} may still be written").into());
    }
    Ok(())
}

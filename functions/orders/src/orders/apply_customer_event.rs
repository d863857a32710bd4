//! Queue `customer-events`: makes the orders of a guest those of the account whose owner the guest has turned out to be, and
//! erases what orders hold of a customer whose account was erased.

use domain::carts::Cart;
use domain::orders::standing::Standing;
use domain::orders::timeline::Actor;
use domain::orders::{CustomerCommand, Order};
use domain::words::id::{OrderId, UserId};
use edge::queue::{Delivery, Failure};
use store::{Change, Error, Stored};

use crate::carts::rows::{CartRow, cart_key};
use crate::orders::rows::{self, OrderRow};
use crate::store::Orders;

/// Applies one event to the cart and all orders of a customer.
///
/// If there are more orders than the time allows, the edge fails the delivery, and the next one finds only the rest.
///
/// # Errors
/// If the event is not for orders, the table fails, or an order is in a state of a newer version; if an order may still be
/// written by a request that claimed its slot a moment ago. The queue then redelivers the message.
pub async fn apply_customer_event(orders: Orders, delivery: Delivery) -> Result<(), Failure> {
    match CustomerCommand::try_from(&delivery.envelope.event)? {
        CustomerCommand::Merge { from, into } => merge(&orders, (from, into), &delivery).await,
        CustomerCommand::Erase(customer) => erase(&orders, customer, &delivery).await,
    }
}

/// Moves all orders of a guest. First the guest's standing ends: a request that holds the guest's access token and has not
/// claimed a slot by then places no order any more. Each order is then in one of two places: in the list of the guest's
/// orders, or, if it was written too recently for the list's index, in one of the slots that the standing had.
async fn merge(orders: &Orders, (from, into): (UserId, UserId), delivery: &Delivery) -> Result<(), Failure> {
    let standing = orders.merge_standing(from, into, delivery).await?;
    let mut moved = orders.merge_cart::<Failure>((from, into), delivery).await;
    let mut order_ids = orders.ids_of(from).await?;
    order_ids.extend(standing.slots.iter().map(|slot| slot.order_id));
    for order_id in order_ids {
        // An order that fails delays no other. Of several failures the first is reported; the next delivery meets the rest.
        moved = moved.and(reown(orders, order_id, (from, into), &standing, delivery).await);
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
    (from, into): (UserId, UserId),
    standing: &Standing,
    delivery: &Delivery,
) -> Result<(), Failure> {
    let reown = async |found: Option<Stored<Order>>| {
        let change = found.and_then(|order| {
            let reowned = order.value.reown(from, into, delivery.now)?;
            Some(rows::change(&order, reowned, Actor::System))
        });
        Ok::<_, Error>(change)
    };
    let done = orders.table.at::<OrderRow>(rows::key(order_id)).change(delivery, reown).await?;
    if done.row.is_none() && standing.may_be_written(order_id, delivery.now) {
        return Err(format!("the order {order_id} may still be written").into());
    }
    Ok(())
}

/// Erases the addresses of the orders that need not be kept, and what was noted about any of them. Like moving, this leaves no mark: an
/// order that has lost its address does not change again.
async fn erase(orders: &Orders, customer: UserId, delivery: &Delivery) -> Result<(), Failure> {
    let mut erased = orders.erase_cart(customer, delivery).await;
    for order_id in orders.ids_of(customer).await? {
        let erase = async |found: Option<Stored<Order>>| {
            let change = found.and_then(|order| {
                let erased = order.value.erase_customer(customer, delivery.now)?;
                Some(rows::change(&order, erased, Actor::System))
            });
            Ok::<_, Failure>(change)
        };
        let done = orders.table.at::<OrderRow>(rows::key(order_id)).change(delivery, erase).await;
        let told = match &done {
            Ok(done) if done.row.as_ref().is_some_and(|order| order.value.user_id == customer) => {
                orders.erase_timeline(order_id, delivery).await
            }
            _ => Ok(()),
        };
        erased = erased.and(done.map(drop)).and(told);
    }
    erased
}

impl Orders {
    /// Empties the cart of a customer whose account was erased.
    async fn erase_cart(&self, customer: UserId, delivery: &Delivery) -> Result<(), Failure> {
        let erase = async |found: Option<Stored<Cart>>| {
            Ok::<_, Failure>(found.map(|cart| Change::to(cart.value.erased(delivery.now))))
        };
        self.table.at::<CartRow>(cart_key(customer)).change(delivery, erase).await.map(drop)
    }
}

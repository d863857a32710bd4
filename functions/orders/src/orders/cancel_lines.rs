//! `POST /admin/orders/{order_id}/cancellations`: staff cancel pieces of a paid order that are not shipped.

use domain::orders::cancelling::{CancelLines, Cancellation, Cancelling};
use domain::orders::timeline::Actor;
use domain::orders::{Order, OrderRefusal};
use domain::words::id::{CancellationId, OrderId};
use edge::{Call, Problem, Reply, Staff};
use store::{Claim, Decision, Stored};

use crate::orders::rows::{self, OrderRow, key};
use crate::store::Orders;

/// Cancels pieces that are not shipped: they go back to the stock, and their price to the customer, who gets a mail. If nothing was
/// shipped and nothing is left, the order is cancelled, and all of its money goes back.
///
/// A repeated request returns the cancellation that the first one made.
///
/// # Errors
/// 404 if the order does not exist; 409 if it is not paid or has ended, or its payment is disputed; 422 if more is cancelled than is left
/// to ship, or the key was used for another request.
pub async fn cancel_lines(
    orders: Orders,
    call: Call<CancelLines, Staff>,
) -> Result<Reply<Cancellation>, Problem> {
    let order_id: OrderId = call.path("order_id")?;
    let (staff, idempotency_key) = (call.caller.0.user_id, call.idempotency_key()?);
    let names = [order_id.to_string(), staff.to_string()];
    let claim = Claim::new("cancel-lines", &names[1], idempotency_key.as_str(), &(order_id, &call.body))?;
    let id = CancellationId::derived_from(&[&names[0], &names[1], idempotency_key.as_str()]);
    let cancel = async |found: Option<Stored<Order>>| {
        if let Some(known) = orders.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, known));
        }
        let order = found.ok_or(OrderRefusal::NotFound)?;
        let Cancelling { cancellation, change, also } = order.value.cancel_lines(id, &call.body, call.now)?;
        let change = rows::change(&order, change, Actor::staff(staff)).emit(also);
        let change = change.answer(&claim, &cancellation).emit([call.acted("cancel-lines", order_id)]);
        Ok::<_, Problem>(Decision::new(Some(change), cancellation))
    };
    Ok(Reply::ok(orders.table.at::<OrderRow>(key(order_id)).change(&call, cancel).await?.answer))
}

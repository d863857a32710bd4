//! `POST /orders/{order_id}/cancellation`: the customer cancels an order that is not paid.

use domain::orders::{Order, OrderRefusal};
use edge::{Call, NoBody, Problem, Reply};

use crate::store::Orders;

/// Cancels an order. Cancelling it again answers the same, whatever version `If-Match` names: a client that missed the answer sends
/// the version from before it (RFC 9110 §13.1.1 allows that).
///
/// # Errors
/// 404 when the order does not exist or is another customer's; 409 when it is paid or has expired; 412 when `If-Match` names
/// another version.
pub async fn cancel_order(orders: Orders, call: Call<NoBody>) -> Result<Reply<Order>, Problem> {
    let cancelled = orders.change(call.path("order_id")?, &call, |order| {
        if order.value.user_id != call.caller.user_id {
            return Err(OrderRefusal::NotFound.into());
        }
        let Some(change) = order.value.cancel(call.now)? else { return Ok(None) };
        call.if_match(order.version)?;
        Ok(Some(change))
    });
    cancelled.await.map(Reply::from)
}

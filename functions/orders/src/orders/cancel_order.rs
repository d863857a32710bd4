//! `POST /orders/{order_id}/cancellation`: cancels an unpaid order for its customer.

use domain::orders::{Order, OrderRefusal};
use edge::{Call, NoBody, Problem, Reply};

use crate::store::Orders;

/// Cancels an order. A repeated request returns the same reply, whatever the version in `If-Match`: a client that
/// missed the reply sends the version from before it (RFC 9110 §13.1.1 allows this).
///
/// # Errors
/// 404 if the order does not exist or is another customer's; 409 if it is paid or has expired; 412 if `If-Match`
/// specifies another version.
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

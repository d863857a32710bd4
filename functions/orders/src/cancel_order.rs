//! `POST /orders/{order_id}/cancellation`: the customer gives up an order that is not paid.

use domain::order::Order;
use edge::{Call, NoBody, Problem, Reply};
use store::{Attempt, Outcome, until_committed};

use crate::store::Orders;

/// Cancels an order. Cancelling it again answers the same, whatever version `If-Match` names: whoever missed the answer asks
/// with the one from before it (RFC 9110 §13.1.1 allows that).
///
/// # Errors
/// 404 when there is none, or it is another's; 409 when it is paid or has expired; 412 when `If-Match` names another version.
pub async fn cancel_order(orders: Orders, call: Call<NoBody>) -> Result<Reply<Order>, Problem> {
    let id = call.path("order_id")?;
    until_committed(|| async {
        let found = orders.get_own(id, call.caller.user_id).await??;
        let Some(change) = found.value.cancel(call.now)? else {
            return Ok(Attempt::Done(Reply::ok(found.value).etag(found.version)));
        };
        call.if_match(found.version)?;
        let event = change.event.map(|event| call.envelope(event));
        Ok(match orders.replace(found.version, &change.order, event.as_ref(), None).await? {
            Outcome::Committed => Attempt::Done(Reply::ok(change.order).etag(found.version + 1)),
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await
}

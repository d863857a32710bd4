//! `POST /orders/{order_id}/cancellation`: cancels an order for its customer.

use domain::orders::OrderRefusal;
use domain::orders::timeline::Actor;
use edge::{Call, NoBody, Problem, Reply};

use crate::orders::view::OrderView;
use crate::settings::in_force::InForce;

/// Cancels an order. A paid one is refunded, and its pieces are available again, if the setting `customer_may_cancel` allows it. A
/// repeated request returns the same reply, whatever the version in `If-Match`: a client that missed the reply sends the version from
/// before it (RFC 9110 §13.1.1 allows this).
///
/// # Errors
/// 404 if the order does not exist or is another customer's; 409 if it has expired, or a part of it was shipped, or it is paid and the shop
/// does not let customers cancel paid orders; 412 if `If-Match` specifies another version.
pub async fn cancel_order(settings: InForce, call: Call<NoBody>) -> Result<Reply<OrderView>, Problem> {
    let may_be_paid = settings.at(call.now).await?.policy().customer_may_cancel;
    let cancelled = settings.orders().change(call.path("order_id")?, &call, |order| {
        if order.value.user_id != call.caller.user_id {
            return Err(OrderRefusal::NotFound.into());
        }
        let change = if may_be_paid {
            order.value.cancel_even_if_paid(call.now)
        } else {
            order.value.cancel(call.now)
        };
        let Some(change) = change? else { return Ok(None) };
        call.if_match(order.version)?;
        Ok::<_, Problem>(Some((change, Actor::Customer)))
    });
    let cancelled = cancelled.await?;
    let version = cancelled.version;
    Ok(Reply::ok(OrderView::from(cancelled.value)).etag(version))
}

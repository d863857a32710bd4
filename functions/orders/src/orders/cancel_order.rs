//! `POST /orders/{order_id}/cancellation`: cancels an order for its customer or the staff.

use domain::orders::timeline::Actor;
use domain::orders::{Order, OrderRefusal};
use domain::words::id::OrderId;
use domain::words::setting::Note;
use edge::{Call, Optional, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::Stored;

use crate::orders::rows::{self, OrderRow};
use crate::orders::view::OrderView;
use crate::settings::in_force::InForce;

/// Why an order is cancelled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Why, for the staff and the customer. It is in the order's timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

/// Cancels an order. A paid one is refunded, and its pieces are available again: for its customer if the setting `customer_may_cancel`
/// allows it, and for the staff in any case. A repeated request returns the same reply, whatever the version in `If-Match`: a client
/// that missed the reply sends the version from before it (RFC 9110 §13.1.1 allows this).
///
/// # Errors
/// 404 if the order does not exist or is another customer's; 409 if it has expired, or a part of it was shipped, or it is paid and the shop
/// does not let customers cancel paid orders; 412 if `If-Match` specifies another version.
pub async fn cancel_order(
    settings: InForce,
    call: Call<Optional<CancelOrder>>,
) -> Result<Reply<OrderView>, Problem> {
    let (order_id, caller): (OrderId, _) = (call.path("order_id")?, &call.caller);
    let may_be_paid = caller.is_staff() || settings.at(call.now).await?.policy().customer_may_cancel;
    let reason = call.body.as_ref().and_then(|body| body.reason.clone());
    let cancel = async |found: Option<Stored<Order>>| {
        let own = found.filter(|order| order.value.user_id == caller.user_id || caller.is_staff());
        let order = own.ok_or(OrderRefusal::NotFound)?;
        let change = if may_be_paid {
            order.value.cancel_even_if_paid(call.now)
        } else {
            order.value.cancel(call.now)
        };
        let Some(change) = change? else { return Ok(None) };
        call.if_match(order.version)?;
        let by = Actor::of(caller.user_id, &order.value);
        let acted = call.acted_for(order.value.user_id, "cancel-order", order_id);
        Ok::<_, Problem>(Some(rows::change(&order, change.because(reason.clone()), by).emit(acted)))
    };
    let table = &settings.orders().table;
    let cancelled = table.at::<OrderRow>(rows::key(order_id)).change(&call, cancel).await?.row;
    let cancelled = cancelled.ok_or(OrderRefusal::NotFound)?;
    let version = cancelled.version;
    Ok(Reply::ok(OrderView::from(cancelled.value)).etag(version))
}

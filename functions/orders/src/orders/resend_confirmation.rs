//! `POST /orders/{order_id}/confirmation`: sends the mail about an order once more.

use domain::orders::timeline::Actor;
use domain::orders::{Order, OrderRefusal};
use domain::words::id::OrderId;
use edge::{Call, NoBody, Problem, Reply};
use store::Stored;

use crate::orders::rows::{self, OrderRow, key};
use crate::store::Orders;

/// Sends the mail about an order once more, to its customer, with how far the order is. Three times a day, whoever asks.
///
/// # Errors
/// 404 if the order does not exist or is another customer's; 429 if it was sent again three times within a day.
pub async fn resend_confirmation(orders: Orders, call: Call<NoBody>) -> Result<Reply<()>, Problem> {
    let (order_id, caller): (OrderId, _) = (call.path("order_id")?, &call.caller);
    let resend = async |found: Option<Stored<Order>>| {
        let own = found.filter(|order| order.value.user_id == caller.user_id || caller.is_staff());
        let order = own.ok_or(OrderRefusal::NotFound)?;
        let change = order.value.confirm_again(call.now)?;
        let by = Actor::of(caller.user_id, &order.value);
        let acted = call.acted_for(order.value.user_id, "resend-confirmation", order_id);
        Ok::<_, Problem>(Some(rows::change(&order, change, by).emit(acted)))
    };
    orders.table.at::<OrderRow>(key(order_id)).change(&call, resend).await?;
    Ok(Reply::accepted())
}

//! `GET /orders`: lists the caller's own orders, newest first.

use domain::orders::Order;
use edge::{Call, List, NoBody, Paging, Problem, Reply, SignedIn};

use crate::orders::view::OrderView;
use crate::store::Orders;

/// Lists the caller's orders. An order placed within the last second may be missing, since the list is read from an
/// index; `GET /orders/{order_id}` always shows it.
///
/// # Errors
/// 400 if the limit or the cursor is invalid.
pub async fn list_orders(
    orders: Orders,
    call: Call<NoBody, SignedIn, Paging>,
) -> Result<Reply<List<OrderView>>, Problem> {
    let paging = &call.query;
    let page = orders.list(call.caller.user_id, paging.limit()?, paging.cursor()).await?;
    Ok(Reply::ok(List::<Order>::from(page).map(OrderView::from)))
}

//! `GET /admin/returns`: staff list the returns that wait for them.

use domain::orders::fulfillment::Queue;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use jiff::Timestamp;
use serde::Deserialize;
use store::Index;

use crate::orders::rows::in_queue;
use crate::orders::view::OrderView;
use crate::store::Orders;

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// Only those whose money is to be paid back before this time.
    due_before: Option<Timestamp>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists the orders of which goods are to come back or to be decided about, those first whose money is due first. They are read from an
/// index, which shows an order within a second of its change.
///
/// # Errors
/// 400 if the limit or the cursor is invalid.
pub async fn list_returns(
    orders: Orders,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<OrderView>>, Problem> {
    let paging = Paging::new(call.query.limit, call.query.cursor.clone());
    let waiting = store::Query::new(Index::Gsi(2), in_queue(Queue::Return));
    let waiting = match call.query.due_before {
        Some(before) => waiting.below(format!("{before:.3}")),
        None => waiting,
    };
    Ok(Reply::ok(orders.in_index(waiting, &paging).await?.map(OrderView::from)))
}

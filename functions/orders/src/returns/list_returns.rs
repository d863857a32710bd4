//! `GET /admin/returns`: staff list the returns that wait for them.

use std::collections::HashMap;

use domain::orders::fulfillment::Queue;
use domain::orders::returns::WithdrawalStatement;
use domain::words::id::ReturnId;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Error, Index};

use crate::orders::rows::in_queue;
use crate::orders::view::OrderView;
use crate::returns::rows::statement_key;
use crate::store::{Orders, Waiting};

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

/// What waits in the queue of returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ReturnItem {
    /// An order of which goods are to come back, or to be decided about.
    Order(Box<OrderView>),
    /// A statement that became no return.
    Statement(Box<WithdrawalStatement>),
}

/// Lists the orders of which goods are to come back or to be decided about, and the statements by which somebody has withdrawn from a
/// contract that nobody has found. Those are first whose money is due first. They are read from an index, which shows a change within a
/// second.
///
/// # Errors
/// 400 if the limit or the cursor is invalid.
pub async fn list_returns(
    orders: Orders,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<ReturnItem>>, Problem> {
    let paging = Paging::new(call.query.limit, call.query.cursor.clone());
    let waiting = store::Query::new(Index::Gsi(2), in_queue(Queue::Return));
    let waiting = match call.query.due_before {
        Some(before) => waiting.below(format!("{before:.3}")),
        None => waiting,
    };
    let entries = orders.waiting(waiting, &paging).await?;
    let mut found = orders.orders_among(&entries.items).await?;
    let mut statements = orders.statements_among(&entries.items).await?;
    let item = |entry: Waiting| match (entry.order_id, entry.statement_id) {
        (Some(id), _) => found.remove(&id).map(|order| ReturnItem::Order(Box::new(order.into()))),
        (None, Some(id)) => statements.remove(&id).map(Box::new).map(ReturnItem::Statement),
        (None, None) => None,
    };
    let items = entries.items.into_iter().filter_map(item).collect();
    Ok(Reply::ok(List { items, next_cursor: entries.next_cursor }))
}

impl Orders {
    async fn statements_among(
        &self,
        entries: &[Waiting],
    ) -> Result<HashMap<ReturnId, WithdrawalStatement>, Error> {
        let ids = entries.iter().filter_map(|entry| entry.statement_id);
        let keys: Vec<_> = ids.map(statement_key).collect();
        let found =
            self.table.get_many::<WithdrawalStatement>(&keys).await?.into_iter().map(|found| found.value);
        Ok(found.map(|statement| (statement.statement_id, statement)).collect())
    }
}

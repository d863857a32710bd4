//! `GET /admin/orders`: staff list the orders that wait for them, those of a month or of a customer, or find one by its number.

use std::collections::HashMap;

use domain::orders::fulfillment::Queue;
use domain::orders::{Order, OrderNumber};
use domain::words::id::{OrderId, UserId};
use edge::{Call, List, NoBody, Paging, Problem, Reply, RequestRefusal, Staff};
use jiff::civil;
use serde::Deserialize;
use store::{Error, Index, Stored};

use crate::orders::rows::{self, in_queue, of_customer, of_month};
use crate::orders::view::OrderView;
use crate::store::{Orders, Waiting};

/// Query parameters: which orders, by exactly one of the first four.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// Those that wait for the staff, oldest first.
    queue: Option<Queue>,
    /// Those that were placed in a month (UTC), newest first: `2026-11`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")))]
    month: Option<String>,
    /// The one with this number.
    number: Option<OrderNumber>,
    /// Those of a customer, newest first.
    user_id: Option<UserId>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists orders. They are read from an index, which shows an order within a second of its change.
///
/// # Errors
/// 400 if not exactly one of `queue`, `month`, `number` and `user_id` says which, or if the limit or the cursor is invalid.
pub async fn find_orders(
    orders: Orders,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<OrderView>>, Problem> {
    let Query { queue, month, number, user_id, limit, cursor } = &call.query;
    let paging = Paging::new(*limit, cursor.clone());
    let found = match (queue, month, number, user_id) {
        (Some(queue), None, None, None) => {
            orders.in_index(store::Query::new(Index::Gsi(2), in_queue(*queue)), &paging).await?
        }
        (None, Some(month), None, None) => {
            let month: civil::Date =
                format!("{month}-01").parse().map_err(|_| invalid("month is like 2026-11"))?;
            let rows = store::Query::new(Index::Gsi(1), of_month(month)).descending();
            orders.in_index(rows, &paging).await?
        }
        (None, None, Some(number), None) => orders.numbered(number).await?,
        (None, None, None, Some(user)) => {
            let rows = store::Query::new(Index::Gsi(1), of_customer(*user)).descending();
            orders.table.query::<Order>(&rows.limit(paging.limit()?).after(paging.cursor())?).await?.into()
        }
        _ => return Err(invalid("give exactly one of queue, month, number and user_id")),
    };
    Ok(Reply::ok(found.map(OrderView::from)))
}

fn invalid(reason: &str) -> Problem {
    RequestRefusal::InvalidQuery(reason.to_owned()).into()
}

impl Orders {
    /// Returns a page of the orders to which an index leads. What else waits in a queue is left out.
    async fn in_index(&self, rows: store::Query, paging: &Paging) -> Result<List<Order>, Problem> {
        let entries = self.waiting(rows, paging).await?;
        let mut orders = self.orders_among(&entries.items).await?;
        let ids = entries.items.iter().filter_map(|entry| entry.order_id);
        let items = ids.filter_map(|id| orders.remove(&id)).collect();
        Ok(List { items, next_cursor: entries.next_cursor })
    }

    /// Returns a page of the entries of an index.
    ///
    /// # Errors
    /// 400 if the limit or the cursor is invalid; if the table fails.
    pub(crate) async fn waiting(
        &self,
        rows: store::Query,
        paging: &Paging,
    ) -> Result<List<Waiting>, Problem> {
        let rows = rows.limit(paging.limit()?).after(paging.cursor())?;
        Ok(self.table.query::<Waiting>(&rows).await?.into())
    }

    /// Returns the orders to which entries of an index lead.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn orders_among(&self, entries: &[Waiting]) -> Result<HashMap<OrderId, Order>, Error> {
        let keys: Vec<_> = entries.iter().filter_map(|entry| entry.order_id).map(rows::key).collect();
        let found = self.table.get_many::<Order>(&keys).await?;
        Ok(found.into_iter().map(|Stored { value: order, .. }| (order.order_id, order)).collect())
    }

    async fn numbered(&self, number: &OrderNumber) -> Result<List<Order>, Problem> {
        let found = match self.id_of(number).await? {
            Some(order_id) => self.get(order_id).await?,
            None => None,
        };
        Ok(List { items: found.map(|order| order.value).into_iter().collect(), next_cursor: None })
    }
}

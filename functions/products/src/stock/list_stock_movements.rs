//! `GET /admin/catalogue/stock/{sku}/movements`: staff read why there is as much stock as there is.

use domain::stock::StockRefusal;
use domain::words::goods::Sku;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use serde::Deserialize;
use store::{Error, Index, Page, Query as Rows, Stored};

use crate::stock::rows::{Adjustment, adjustments};
use crate::store::Products;

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists the adjustments of a SKU's stock, newest first. Together they are all pieces ever received: orders move pieces between
/// the other counters only, and have timelines of their own.
///
/// # Errors
/// 400 if the limit or the cursor is invalid, 404 for an unknown SKU.
pub async fn list_stock_movements(
    products: Products,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<Adjustment>>, Problem> {
    let sku: Sku = call.path("sku")?;
    let Query { limit, cursor } = call.query;
    let paging = Paging::new(limit, cursor);
    let page = products.adjustments(&sku, paging.limit()?, paging.cursor()).await?;
    if page.items.is_empty() && products.stock_of(&sku).await?.is_none() {
        return Err(StockRefusal::NotFound.into());
    }
    Ok(Reply::ok(page.into()))
}

impl Products {
    /// Returns a page of the adjustments of a SKU's stock, newest first.
    async fn adjustments(
        &self,
        sku: &Sku,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Page<Stored<Adjustment>>, Error> {
        let (partition, prefix) = adjustments(sku);
        let rows = Rows::new(Index::Table, partition).prefix(prefix).descending().limit(limit);
        self.table.query(&rows.after(cursor)?).await
    }
}

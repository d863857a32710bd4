//! `GET /admin/catalogue/stock/{sku}/movements`: staff read why there is as much stock as there is.

use domain::stock::StockRefusal;
use domain::words::goods::Sku;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use serde::de::DeserializeOwned;
use store::{Index, Query};

use crate::stock::rows::{Adjustment, adjustments};
use crate::store::Products;

/// Lists the adjustments of a SKU's stock, newest first. Together they are all pieces ever received: orders move pieces between
/// the other counters only, and have timelines of their own.
///
/// # Errors
/// 400 if the limit or the cursor is invalid, 404 for an unknown SKU.
pub async fn list_stock_movements(
    products: Products,
    call: Call<NoBody, Staff, Paging>,
) -> Result<Reply<List<Adjustment>>, Problem> {
    let sku: Sku = call.path("sku")?;
    let (partition, prefix) = adjustments(&sku);
    let rows = Query::new(Index::Table, partition).prefix(prefix);
    Ok(Reply::ok(products.history(&sku, rows, &call.query).await?))
}

impl Products {
    /// Returns a page of what has happened to a SKU, newest first.
    ///
    /// # Errors
    /// 400 if the limit or the cursor is invalid, 404 for an unknown SKU.
    pub(crate) async fn history<T: DeserializeOwned>(
        &self,
        sku: &Sku,
        rows: Query,
        paging: &Paging,
    ) -> Result<List<T>, Problem> {
        let rows = rows.descending().limit(paging.limit()?).after(paging.cursor())?;
        let page = self.table.query(&rows).await?;
        if page.items.is_empty() && self.stock_of(sku).await?.is_none() {
            return Err(StockRefusal::NotFound.into());
        }
        Ok(page.into())
    }
}

//! `GET /admin/catalogue/variants/{sku}/prices`: staff read how the price of a variant has changed.

use domain::catalogue::PriceChange;
use domain::stock::StockRefusal;
use domain::words::goods::Sku;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use serde::Deserialize;
use store::{Index, Query as Rows};

use crate::catalogue::rows::prices;
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

/// Lists the changes of a variant's price, newest first, each with the price before it. The list is empty if the price has never
/// changed.
///
/// # Errors
/// 400 if the limit or the cursor is invalid, 404 for an unknown SKU.
pub async fn get_price_history(
    products: Products,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<PriceChange>>, Problem> {
    let sku: Sku = call.path("sku")?;
    let Query { limit, cursor } = call.query;
    let paging = Paging::new(limit, cursor);
    let rows = Rows::new(Index::Table, prices(&sku)).descending().limit(paging.limit()?);
    let page = products.table.query(&rows.after(paging.cursor())?).await?;
    if page.items.is_empty() && products.stock_of(&sku).await?.is_none() {
        return Err(StockRefusal::NotFound.into());
    }
    Ok(Reply::ok(page.into()))
}

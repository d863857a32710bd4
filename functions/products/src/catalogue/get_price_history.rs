//! `GET /admin/catalogue/variants/{sku}/prices`: staff read how the price of a variant has changed.

use domain::catalogue::PriceChange;
use domain::words::goods::Sku;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use store::{Index, Query};

use crate::catalogue::rows::prices;
use crate::store::Products;

/// Lists the changes of a variant's price, newest first, each with the price before it. The list is empty if the price has never
/// changed.
///
/// # Errors
/// 400 if the limit or the cursor is invalid, 404 for an unknown SKU.
pub async fn get_price_history(
    products: Products,
    call: Call<NoBody, Staff, Paging>,
) -> Result<Reply<List<PriceChange>>, Problem> {
    let sku: Sku = call.path("sku")?;
    Ok(Reply::ok(products.history(&sku, Query::new(Index::Table, prices(&sku)), &call.query).await?))
}

//! `GET /admin/catalogue/stock`: staff list what runs low, or look up the stock of a SKU.

use domain::stock::{Backorder, LowAt, Policy, Shards, Stock, StockItem};
use domain::words::goods::{Sku, Title};
use domain::words::id::ProductId;
use edge::{Call, List, NoBody, Paging, Problem, Reply, RequestRefusal, Staff};
use serde::{Deserialize, Serialize};
use store::{Error, Index, Page, Query as Rows, Stored};

use crate::stock::adjust_stock::StockLevel;
use crate::stock::rows::LOW;
use crate::store::Products;

/// What to list, by exactly one of `low=true` and `sku`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The SKUs that run low.
    low: Option<bool>,
    /// One SKU.
    sku: Option<Sku>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// The stock of a SKU, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockEntry {
    /// The product that it is a variant of.
    pub product_id: ProductId,
    /// The product's title and the variant's.
    pub title: Title,
    /// Its counters.
    pub level: StockLevel,
    /// It runs low when this many pieces or fewer are available.
    pub low_at: LowAt,
    /// The number of rows that its pieces are spread over.
    pub shards: Shards,
    /// How many pieces are sold before the shop has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backorder: Option<Backorder>,
    /// The version of the policy, for `If-Match`.
    pub policy_version: u64,
}

/// Lists the SKUs that run low, sorted by SKU, or the one with this SKU. The list may lack a change of the past second. A page may
/// have fewer items than its limit, since it leaves out SKUs that have recovered by pieces of orders that ended. A SKU in shards enters
/// the list within a minute.
///
/// # Errors
/// 400 unless exactly one of `low=true` and `sku` is given, or if the limit or the cursor is invalid.
pub async fn list_stock(
    products: Products,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<StockEntry>>, Problem> {
    let Query { low, sku, limit, cursor } = call.query;
    let paging = Paging::new(limit, cursor);
    let limit = paging.limit()?;
    match (low, sku, paging.cursor()) {
        (Some(true), None, cursor) => {
            let page = products.running_low(limit, cursor).await?;
            let next_cursor = page.next.map(|next| next.to_string());
            let items = page.items.into_iter().map(|found| found.value).collect();
            let stock = products.with_shards(items).await?.into_iter();
            let low = stock.filter(|stock| stock.total().is_low());
            Ok(Reply::ok(List { items: low.map(StockEntry::from).collect(), next_cursor }))
        }
        (None, Some(sku), None) => {
            let items = products.stock_of(&sku).await?.into_iter().collect();
            let items = products.with_shards(items).await?.into_iter().map(StockEntry::from).collect();
            Ok(Reply::ok(List { items, next_cursor: None }))
        }
        _ => {
            let reason = "exactly one of `low=true` and `sku` is required, and a cursor only with `low`";
            Err(RequestRefusal::InvalidQuery(reason.to_owned()).into())
        }
    }
}

impl From<Stock> for StockEntry {
    fn from(stock: Stock) -> Self {
        let total = stock.total();
        let Policy { low_at, shards, backorder } = stock.policy();
        let StockItem { product_id, title, policy_version, .. } = stock.item;
        Self { product_id, title, low_at, shards, backorder, policy_version, level: StockLevel::from(total) }
    }
}

impl Products {
    /// Returns a page of the SKUs that run low, and of some that have recovered.
    async fn running_low(&self, limit: u8, cursor: Option<&str>) -> Result<Page<Stored<StockItem>>, Error> {
        self.table.query(&Rows::new(Index::Gsi(1), LOW).limit(limit).after(cursor)?).await
    }
}

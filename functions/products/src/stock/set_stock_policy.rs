//! `PUT /admin/catalogue/stock/{sku}`: staff set when a SKU runs low, whether it is sold before the shop has it, and over how many rows
//! its pieces are spread.

use domain::stock::{Backorder, LowAt, Policy, PolicySet, Shards, StockItem, StockRefusal};
use domain::words::goods::Sku;
use edge::{Call, Problem, Reply, Staff};
use serde::Deserialize;
use store::{Change, Decision, Error, Row, Stored};

use crate::catalogue::rows::ProductRow;
use crate::stock::list_stock::StockEntry;
use crate::stock::rows::{ShardRow, StockRow, stock_key, with_policy};
use crate::store::Products;

/// The policy of a SKU's stock.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockPolicy {
    /// The SKU runs low when this many pieces or fewer are available. Staff are notified when it begins to.
    pub low_at: LowAt,
    /// The number of rows that its pieces are spread over; 1 if it is left out. One row takes about 90 orders a second. The variants
    /// of a product may have 40 together.
    #[serde(default)]
    pub shards: Shards,
    /// How many pieces are sold before the shop has them; none if it is left out.
    #[serde(default)]
    pub backorder: Option<Backorder>,
}

/// Sets the policy of a SKU. A threshold that more pieces are below than before publishes nothing, since nothing has crossed it, but
/// lists the SKU among those that run low.
///
/// # Errors
/// 404 for an unknown SKU, 409 if the product's variants would have too many shards or if more pieces are on backorder than it allows,
/// 412 if someone has changed the policy since it was read, 428 without `If-Match`, which is the `policy_version` in quotation marks.
pub async fn set_stock_policy(
    products: Products,
    call: Call<StockPolicy, Staff>,
) -> Result<Reply<StockEntry>, Problem> {
    let sku: Sku = call.path("sku")?;
    let StockPolicy { low_at, shards, backorder } = call.body;
    let policy = Policy { low_at, shards, backorder };
    let set = async |found: Option<Stored<StockItem>>| {
        let item = found.ok_or(StockRefusal::NotFound)?.value;
        call.must_match(item.policy_version)?;
        let stock = products.in_all_rows(item).await?;
        let Some(set) = stock.set_policy(policy)? else { return Ok(Decision::new(None, stock)) };
        let change = products.with_new_shards(&set, Change::beside()).await?;
        let change = with_policy(&stock.item, &set).into_iter().fold(change, Change::update);
        let change = change.emit([call.acted("set-stock-policy", &stock.item.sku)]);
        Ok::<_, Problem>(Decision::new(Some(change), set.after))
    };
    let stock = products.table.at::<StockRow>(stock_key(&sku)).change(&call, set).await?.answer;
    if stock.item.spread.is_some() {
        products.try_to_level_out(&sku).await;
    }
    let version = stock.item.policy_version;
    Ok(Reply::ok(StockEntry::from(stock)).etag(version))
}

impl Products {
    /// Adds the shards that are new, and notes in the product how many there are.
    async fn with_new_shards(
        &self,
        set: &PolicySet,
        change: Change<StockRow, Problem>,
    ) -> Result<Change<StockRow, Problem>, Problem> {
        let item = &set.after.item;
        let Some(first) = set.added.first() else { return Ok(change) };
        let product = self.product(item.product_id).await?.ok_or(StockRefusal::NotFound)?;
        if !product.value.is_understood() {
            return Err(Error::Newer { key: ProductRow::key(&product.value).to_string() }.into());
        }
        let rows = item.spread.as_ref().map_or(0, |spread| spread.rows);
        let noted = product.value.with_shards(&first.sku, rows)?;
        let change = change.replace::<ProductRow>(&product, &noted);
        Ok(set.added.iter().fold(change, |change, shard| change.insert::<ShardRow>(shard)))
    }
}

//! `PUT /admin/catalogue/stock/{sku}`: staff set when a SKU runs low.

use domain::stock::{LowAt, StockItem, StockRefusal};
use domain::words::goods::Sku;
use edge::{Call, Problem, Reply, Staff};
use serde::Deserialize;
use store::{Change, Decision, Stored};

use crate::stock::list_stock::StockEntry;
use crate::stock::rows::{StockRow, stock_key, with_policy};
use crate::store::Products;

/// The policy of a SKU's stock.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockPolicy {
    /// The SKU runs low when this many pieces or fewer are available. Staff are notified when it begins to.
    pub low_at: LowAt,
}

/// Sets the policy of a SKU. A threshold that more pieces are below than before publishes nothing, since nothing has crossed it, but
/// lists the SKU among those that run low.
///
/// # Errors
/// 404 for an unknown SKU, 412 if someone has changed its policy since it was read, 428 without `If-Match`, which is the
/// `policy_version` in quotation marks.
pub async fn set_stock_policy(
    products: Products,
    call: Call<StockPolicy, Staff>,
) -> Result<Reply<StockEntry>, Problem> {
    let sku: Sku = call.path("sku")?;
    let set = async |stock: Option<Stored<StockItem>>| {
        let stock = stock.ok_or(StockRefusal::NotFound)?.value;
        call.must_match(stock.policy_version)?;
        let Some(set) = stock.set_low_at(call.body.low_at) else { return Ok(Decision::new(None, stock)) };
        let change = Change::beside()
            .update(with_policy(&stock, &set))
            .emit([call.acted("set-stock-policy", &stock.sku)]);
        Ok::<_, Problem>(Decision::new(Some(change), set.after))
    };
    let stock = products.table.at::<StockRow>(stock_key(&sku)).change(&call, set).await?.answer;
    let version = stock.policy_version;
    Ok(Reply::ok(StockEntry::from(stock)).etag(version))
}

//! `POST /stock/{sku}/adjustments`: staff adjust the stock of a SKU for pieces that arrived, broke or were
//! miscounted.

use domain::stock::{Delta, Reason, StockItem, StockRefusal};
use domain::words::goods::Sku;
use edge::{Call, Problem, Reply, Staff};
use serde::{Deserialize, Serialize};
use store::{Change, Claim, Decision, Stored};

use crate::stock::levels::Counters;
use crate::stock::rows::{Adjustment, AdjustmentRow, StockRow, counted, stock_key};
use crate::store::Products;

/// A request to adjust stock.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdjustStock {
    /// The number of pieces to add, or to remove if negative.
    pub delta: Delta,
    /// The reason.
    pub reason: Reason,
}

/// The counters of a SKU after an adjustment. Customers change them all the time: these are the counters that the
/// adjustment was decided on, with the adjustment applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockLevel {
    /// The SKU.
    pub sku: Sku,
    /// Pieces that can be ordered, including those that the shop does not have yet.
    pub available: u64,
    /// Pieces held for unpaid orders.
    pub reserved: u64,
    /// Pieces of paid orders.
    pub sold: u64,
    /// All pieces ever received, adjustments included.
    pub received: u64,
    /// Pieces that are ordered, and that the shop does not have yet.
    #[serde(default)]
    pub backordered: u64,
}

/// Adjusts stock, once per Idempotency-Key, since an adjustment applied twice would make the stock inconsistent.
///
/// # Errors
/// 400 without an Idempotency-Key, 404 for an unknown SKU, 409 if it removes more pieces than are available, 422 if the
/// key was used for another request.
pub async fn adjust_stock(
    products: Products,
    call: Call<AdjustStock, Staff>,
) -> Result<Reply<StockLevel>, Problem> {
    let sku: Sku = call.path("sku")?;
    let adjusted_by = call.caller.0.user_id;
    let key = call.idempotency_key()?;
    let claim = Claim::new("adjust-stock", &adjusted_by.to_string(), key.as_str(), &(&sku, &call.body))?;
    let AdjustStock { delta, reason } = call.body.clone();
    let key = stock_key(&sku);
    let (adjustment_id, adjusted_at) = (call.new_id(), call.now);
    let adjustment = Adjustment { adjustment_id, sku, delta, reason, adjusted_by, adjusted_at };
    let adjust = async |stock: Option<Stored<StockItem>>| {
        if let Some(level) = products.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, (level, false)));
        }
        let stock = products.in_all_rows(stock.ok_or(StockRefusal::NotFound)?.value).await?;
        let adjusted = stock.adjust(delta)?;
        let level = StockLevel::from(adjusted.after);
        let change = adjusted.movements.iter().map(counted).fold(Change::beside(), Change::update);
        let change = change
            .answer(&claim, &level)
            .insert::<AdjustmentRow>(&adjustment)
            .emit(adjusted.event)
            .emit([call.acted("adjust-stock", &adjustment.sku)]);
        Ok::<_, Problem>(Decision::new(Some(change), (level, stock.item.spread.is_some())))
    };
    let (level, is_in_shards) = products.table.at::<StockRow>(key).change(&call, adjust).await?.answer;
    if is_in_shards {
        products.try_to_level_out(&level.sku).await;
    }
    Ok(Reply::ok(level))
}

impl From<StockItem> for StockLevel {
    fn from(item: StockItem) -> Self {
        let availability = item.availability();
        let StockItem { sku, reserved, sold, received, .. } = item;
        Self::from(Counters { sku, availability, reserved, sold, received })
    }
}

impl From<Counters> for StockLevel {
    fn from(counters: Counters) -> Self {
        let Counters { sku, availability, reserved, sold, received } = counters;
        let received = received.saturating_sub(availability.credit());
        let (available, backordered) = (availability.available, availability.backordered());
        Self { sku, available, reserved, sold, received, backordered }
    }
}

//! `POST /stock/{sku}/adjustments`: an admin corrects the stock of a sku: pieces came, broke or were miscounted.

use domain::product::Sku;
use domain::stock::{Delta, Reason, StockItem, StockRefusal};
use edge::{Admin, Call, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::idempotency::Claim;
use store::{Attempt, Outcome, until_committed};

use crate::stock::Adjustment;
use crate::store::Products;

/// A correction.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustStock {
    /// By how much.
    pub delta: Delta,
    /// Why.
    pub reason: Reason,
}

/// The counters of a sku, as a correction left them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevel {
    /// What is counted.
    pub sku: Sku,
    /// Pieces that can be ordered.
    pub available: u64,
    /// Pieces held for orders that are not paid.
    pub reserved: u64,
    /// Pieces of paid orders.
    pub sold: u64,
    /// All pieces that ever came, corrections included.
    pub received: u64,
}

/// Corrects stock, once for an Idempotency-Key: a correction that is applied twice would make the books wrong.
///
/// # Errors
/// 400 without an Idempotency-Key, 404 for an unknown sku, 409 when fewer pieces are available than it takes away, 422 for
/// a key that was used for something else.
pub async fn adjust_stock(
    products: Products,
    call: Call<AdjustStock, Admin>,
) -> Result<Reply<StockLevel>, Problem> {
    let sku: Sku = call.path("sku")?;
    let admin = call.caller.0.user_id;
    let key = call.idempotency_key()?;
    let claim = Claim::new("adjust-stock", &admin.to_string(), key.as_str(), &(&sku, &call.body))?;
    let adjustment = Adjustment {
        adjustment_id: call.new_id(),
        sku,
        delta: call.body.delta,
        reason: call.body.reason.clone(),
        adjusted_by: admin,
        adjusted_at: call.now,
    };
    until_committed(|| async {
        if let Some(level) = products.corrected(&claim).await?? {
            return Ok(Attempt::Done(Reply::ok(level)));
        }
        let read = products.stock_of(&adjustment.sku).await?.ok_or(StockRefusal::NotFound)?;
        let correction = read.adjust(adjustment.delta)?;
        let event = correction.event.clone().map(|event| call.envelope(event));
        let level = StockLevel::from(correction.after.clone());
        Ok(
            match products.correct(&read, &correction, &adjustment, event.as_ref(), (&claim, &level)).await? {
                Outcome::Committed => Attempt::Done(Reply::ok(level)),
                Outcome::Refused(_) => Attempt::Raced,
            },
        )
    })
    .await
}

impl From<StockItem> for StockLevel {
    fn from(item: StockItem) -> Self {
        let StockItem { sku, available, reserved, sold, received, .. } = item;
        Self { sku, available, reserved, sold, received }
    }
}

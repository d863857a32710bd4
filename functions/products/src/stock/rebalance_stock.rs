//! Schedule: evens out the shards of SKUs, and counts whether they run low.

use domain::stock::{Stock, StockItem};
use domain::words::goods::Sku;
use edge::queue::Failure;
use edge::schedule::Tick;
use futures::TryStreamExt;
use store::{Change, Error, Index, Query, Stored, Trigger};
use telemetry::chain;

use crate::stock::rows::{SHARDED, StockRow, recounted, stock_key};
use crate::store::Products;

/// Moves pieces from shards that have more than others, and from rows that are no longer used. Publishes that a SKU runs low: its
/// orders do not know, since each sees one shard.
///
/// # Errors
/// If the table fails, or the rows of a SKU cannot be read; the others are evened out all the same. A SKU whose rows are busy is left to
/// the next run: orders find its pieces wherever they are.
pub async fn rebalance_stock(products: Products, tick: Tick) -> Result<(), Failure> {
    let rows = products.table.rows::<StockItem>(Query::new(Index::Gsi(2), SHARDED));
    let skus: Vec<Sku> = rows.map_ok(|found| found.value.sku).try_collect().await?;
    let mut failed = None;
    for sku in skus {
        match products.even_out(&tick, &sku).await {
            Ok(()) => {}
            Err(Error::Busy) => tracing::info!(%sku, "the shards are busy"),
            Err(error) => {
                tracing::warn!(%sku, error = %chain(&error), "the shards cannot be evened out");
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

impl Products {
    async fn even_out(&self, tick: &Tick, sku: &Sku) -> Result<(), Error> {
        self.recount(tick, sku).await?;
        self.level_out(sku).await
    }

    /// Evens out the rows of a SKU for a request that has done its work: what it does not move, the next run of the schedule does.
    pub(crate) async fn try_to_level_out(&self, sku: &Sku) {
        if let Err(error) = self.level_out(sku).await {
            tracing::warn!(%sku, error = %chain(&error), "the shards are left to the next run");
        }
    }

    /// Evens out the rows of a SKU. A transfer is a transaction of two rows, since one of many busy rows would hardly ever find all of
    /// them free. What is no longer there to be moved is left to the next run.
    ///
    /// # Errors
    /// If a row stays busy, or the table fails. Every piece is in a row all the same.
    async fn level_out(&self, sku: &Sku) -> Result<(), Error> {
        let Some(item) = self.stock_of(sku).await? else { return Ok(()) };
        let stock = self.in_all_rows(item).await?;
        for transfer in stock.level_out() {
            self.move_between_rows(&stock.movements(transfer)).await?;
        }
        Ok(())
    }

    /// Publishes once that a SKU has begun to run low.
    async fn recount(&self, trigger: &dyn Trigger, sku: &Sku) -> Result<(), Error> {
        let count = async |found: Option<Stored<StockItem>>| {
            let Some(found) = found else { return Ok(None) };
            let stock: Stock = self.in_all_rows(found.value).await?;
            let change = stock
                .recount()
                .map(|count| Change::beside().update(recounted(&stock.item, &count)).emit(count.event));
            Ok::<_, Error>(change)
        };
        self.table.at::<StockRow>(stock_key(sku)).change(trigger, count).await.map(|_| ())
    }
}

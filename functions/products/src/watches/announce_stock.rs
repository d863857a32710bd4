//! Schedule: tells customers that what they wait for is in stock again.

use domain::stock::{StockItem, Watch};
use domain::words::goods::Sku;
use edge::queue::Failure;
use edge::schedule::{Tick, in_time, work_off};
use futures::TryStreamExt;
use jiff::Timestamp;
use store::{Change, Decision, Index, Page, Query, Stored};
use telemetry::chain;

use crate::store::Products;
use crate::watches::rows::{WATCHED, WatchRow, Watched, WatchedRow, watched_key, watches};

/// The maximum number of customers who are told in one transaction: of each, a row is deleted and an event written.
const PAGE: u8 = 40;

/// Announces every watched SKU of which pieces are available, whatever made them available: a delivery, a cancelled order, a hold
/// that ended. A customer's watch is deleted with the event about it, so each is told once, and a run that ends early is
/// continued by the next one.
///
/// # Errors
/// If a SKU fails, after the others.
pub async fn announce_stock(products: Products, tick: Tick) -> Result<(), Failure> {
    let (products, tick, last_start) = (&products, &tick, tick.last_start());
    let watched = products.table.rows::<Watched>(Query::new(Index::Table, WATCHED));
    let skus = watched.map_ok(|watched| watched.value.sku);
    let worked = work_off(skus, tick.deadline, |sku| async move {
        let announced = in_time(tick.deadline, announce(products, tick, &sku, last_start)).await;
        announced.inspect_err(|failure| {
            tracing::error!(%sku, error = %chain(failure.as_ref()), "not announced");
        })
    });
    worked.await.finish_all()
}

async fn announce(products: &Products, tick: &Tick, sku: &Sku, last_start: Timestamp) -> Result<(), Failure> {
    if !products.total_of(sku).await?.is_some_and(|stock| stock.is_announced()) {
        return Ok(());
    }
    while Timestamp::now() < last_start && announce_page(products, tick, sku).await? {}
    Ok(())
}

/// Tells as many customers as one transaction holds. Returns whether there may be more.
async fn announce_page(products: &Products, tick: &Tick, sku: &Sku) -> Result<bool, Failure> {
    let announce = async |watched: Option<Stored<Watched>>| {
        let stock = products.total_of(sku).await?;
        let (Some(watched), Some(stock)) = (watched, stock.filter(StockItem::is_announced)) else {
            return Ok::<_, Failure>(Decision::new(None, false));
        };
        let query = Query::new(Index::Table, watches(sku)).limit(PAGE);
        let watches: Vec<Stored<Watch>> =
            products.table.query(&query).await.map(|page: Page<_>| page.items)?;
        if watches.is_empty() {
            return Ok(Decision::new(Some(Change::beside().delete::<WatchedRow>(&watched)), false));
        }
        let events = watches.iter().filter_map(|watch| watch.value.announcement(&stock));
        let change = Change::to(watched.value).emit(events);
        let change = watches.iter().fold(change, |change, watch| change.delete::<WatchRow>(watch));
        Ok(Decision::new(Some(change), true))
    };
    Ok(products.table.at::<WatchedRow>(watched_key(sku)).change(tick, announce).await?.answer)
}

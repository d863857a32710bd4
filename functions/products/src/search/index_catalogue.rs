//! Schedule: writes the snapshot of the catalogue that customers search, if there is something new.

use std::collections::{BTreeSet, HashSet};
use std::pin::pin;

use domain::catalogue::{MAX_CATEGORIES, Product, ProductStatus, Variant};
use domain::words::goods::{Sku, Slug};
use domain::words::id::SnapshotId;
use edge::queue::Failure;
use edge::schedule::Tick;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use search::{Changes, Entry, Packed, Snapshot, pack};
use serde::Deserialize;
use store::{Change, Index, Key, Query, Stored};
use telemetry::Metric;

use crate::catalogue::rows::of_status;
use crate::search::rows::{Chunk, ChunkRow, SnapshotRow, changes_key, snapshot_key};
use crate::search::unread::Readable;
use crate::stock::rows::keys_of;
use crate::store::Products;

/// The age in seconds of a snapshot that is not there, so that its alarm goes off if the first run fails.
const NEVER: u64 = 24 * 60 * 60;

/// The maximum number of products per page.
const PAGE: u8 = 250;

/// The maximum number of keys that DynamoDB reads at a time.
const BATCH: usize = 100;

/// The maximum number of requests at a time.
const AT_ONCE: usize = 8;

/// What a snapshot shows of stock.
#[derive(Debug, Deserialize)]
struct Level {
    sku: Sku,
    available: u64,
}

/// Indexes the catalogue if it has changed, or if stock may have. The chunks of a snapshot are written under its own id, and the row
/// that names it last, so a run that ends early changes nothing, and of two runs one takes effect.
///
/// # Errors
/// If the table fails. A row that cannot be read is counted, and keeps no other from being found.
pub async fn index_catalogue(products: Products, tick: Tick) -> Result<(), Failure> {
    // Read first: a change that comes later is counted beyond what the snapshot is of.
    let changes = products.table.get::<Changes>(&changes_key()).await?.map(|found| found.value);
    let current = products.table.get::<Snapshot>(&snapshot_key()).await?;
    let age = current.as_ref().map(|found| tick.now.duration_since(found.value.made_at).as_secs());
    Metric::SearchIndexAge.publish(age.map_or(NEVER, |age| u64::try_from(age).unwrap_or_default()));
    if current.as_ref().is_some_and(|found| found.value.is_current(changes.as_ref(), tick.now)) {
        return Ok(());
    }
    let Catalogue { entries, unread, for_sale, sold_out, valid_until } =
        catalogue(&products, tick.now).await?;
    Metric::SearchRowsUnread.publish(unread);
    Metric::SkusForSale.publish(for_sale);
    Metric::SkusSoldOut.publish(sold_out);
    let Packed { chunks, digest } = pack(&entries)?;
    let kept =
        current.as_ref().map(|found| &found.value).filter(|kept| kept.has_chunks_of(&digest, tick.now));
    let (snapshot_id, written_at) = match kept {
        Some(kept) => (kept.snapshot_id, kept.written_at),
        None => (write(&products, &chunks, &tick).await?, tick.now),
    };
    // The row that names the snapshot has to stay small.
    let categories: BTreeSet<Slug> = entries.iter().map(|entry| entry.category.clone()).collect();
    let next = Snapshot {
        snapshot_id,
        chunks: u32::try_from(chunks.len())?,
        products: u64::try_from(entries.len())?,
        categories: categories.into_iter().take(MAX_CATEGORIES).collect(),
        of: changes.map_or(0, |changes| changes.changes),
        valid_until,
        digest,
        made_at: tick.now,
        written_at,
    };
    let version = current.map(|found| found.version);
    let replace = async |found: Option<Stored<Snapshot>>| {
        // Another run was faster. What this one knows better, the next one finds.
        let is_as_read = found.map(|found| found.version) == version;
        Ok::<_, Failure>(is_as_read.then(|| Change::to(next.clone())))
    };
    products.table.at::<SnapshotRow>(snapshot_key()).change(&tick, replace).await?;
    Ok(())
}

/// Writes the chunks of a snapshot, under a new id.
async fn write(products: &Products, chunks: &[String], tick: &Tick) -> Result<SnapshotId, Failure> {
    let snapshot_id = tick.new_id();
    let put = async |(number, entries): (u32, &String)| {
        let chunk = Chunk { snapshot_id, number, entries: entries.clone(), written_at: tick.now };
        let exists = || Failure::from("the new chunk exists already");
        products.table.create::<ChunkRow, Failure>(tick, Change::to(chunk), None, exists).await.map(|_| ())
    };
    for chunk in (0..).zip(chunks) {
        put(chunk).await?;
    }
    Ok(snapshot_id)
}

/// What there is to index.
#[derive(Default)]
struct Catalogue {
    entries: Vec<Entry>,
    /// The number of rows that cannot be read.
    unread: u64,
    /// The number of its SKUs.
    for_sale: u64,
    /// The number of its SKUs of which nothing is left.
    sold_out: u64,
    /// When the first of its reductions ends.
    valid_until: Option<Timestamp>,
}

async fn catalogue(products: &Products, now: Timestamp) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::default();
    let partition = of_status(ProductStatus::Active).unwrap_or_default();
    let rows = products.table.rows::<Readable<Product>>(Query::new(Index::Gsi(2), partition).limit(PAGE));
    let mut pages = pin!(rows.try_chunks(usize::from(PAGE)).map_err(|failed| failed.1));
    while let Some(page) = pages.try_next().await? {
        let read = page.into_iter().filter_map(|found| found.value.or_count(&mut catalogue.unread));
        let of_page: Vec<Product> = read.collect();
        let sales =
            of_page.iter().flat_map(|product| &product.variants).filter_map(|variant| variant.sale.as_ref());
        let ends = sales.filter(|sale| sale.is_on(now)).map(|sale| sale.until);
        catalogue.valid_until = ends.chain(catalogue.valid_until).min();
        let in_stock = in_stock(products, &of_page, &mut catalogue.unread).await?;
        for variant in of_page.iter().flat_map(on_offer) {
            catalogue.for_sale += 1;
            catalogue.sold_out += u64::from(!in_stock.contains(&variant.sku));
        }
        let entry = |product: &Product| Entry::of(product, now, |sku| in_stock.contains(sku));
        catalogue.entries.extend(of_page.iter().filter_map(entry));
    }
    Ok(catalogue)
}

/// Returns the SKUs of products that can be ordered now.
async fn in_stock(products: &Products, of: &[Product], unread: &mut u64) -> Result<HashSet<Sku>, Failure> {
    let variants = of.iter().flat_map(on_offer);
    let keys: Vec<Key> = variants.flat_map(|variant| keys_of(&variant.sku, variant.shards)).collect();
    let batches: Vec<Vec<Key>> = keys.chunks(BATCH).map(<[Key]>::to_vec).collect();
    let read = async |batch: Vec<Key>| products.table.get_many::<Readable<Level>>(&batch).await;
    let levels: Vec<_> = stream::iter(batches).map(read).buffer_unordered(AT_ONCE).try_collect().await?;
    let levels = levels.into_iter().flatten().filter_map(|found| found.value.or_count(unread));
    Ok(levels.filter(|level| level.available > 0).map(|level| level.sku).collect())
}

fn on_offer(product: &Product) -> impl Iterator<Item = &Variant> {
    product.variants.iter().filter(|variant| !variant.retired)
}

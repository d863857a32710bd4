//! Writes parts of a file: as many as fit into one transaction, with the checkpoint.

use std::collections::{HashMap, HashSet, VecDeque};

use domain::catalogue::{Existing, Import, ImportCounts, Part, Plan, Product, RowFailure};
use domain::stock::{Reason, StockItem};
use domain::words::goods::{Sku, Slug};
use domain::words::id::{AdjustmentId, ImportId, ProductId};
use edge::queue::{Delivery, Failure};
use store::{Change, Decision, Done, Key, Row, Stored};

use crate::catalogue::changes::Revision;
use crate::catalogue::rows::{
    PriceChangeRow, ProductChangeRow, ProductRow, SlugRow, TakenSlug, product_key, slug_key,
};
use crate::imports::import_message::ImportMessage;
use crate::imports::rows::{Failures, FailuresRow, ImportRow};
use crate::search::rows::changed;
use crate::stock::rows::{Adjustment, AdjustmentRow, StockRow, adjustment_key, imported, stock_key};
use crate::store::Products;

/// The maximum number of parts that are written at once: as many new products as fit into a transaction, each with its slug and the
/// stock of one variant.
pub(super) const PARTS_AT_ONCE: usize = 32;

/// The writes of a transaction that are left for rows of the catalogue: DynamoDB accepts 100, of which the import's row, its failures
/// and the count of the catalogue's changes take three.
const WRITES: usize = 97;

/// The maximum number of keys that DynamoDB reads at a time.
const BATCH: usize = 100;

/// Plans and writes the first of `parts`, and returns how many; `None` if another run has gone on, or the import has ended.
pub(super) async fn write(
    products: &Products,
    delivery: &Delivery<ImportMessage>,
    found: Stored<Import>,
    parts: &VecDeque<Part>,
) -> Result<Done<Import, Option<usize>>, Failure> {
    let checkpoint = found.value.counts;
    let parts: Vec<&Part> = parts.iter().take(PARTS_AT_ONCE).collect();
    let decide = async |found: Option<Stored<Import>>| {
        let import = found.map(|found| found.value);
        let Some(import) = import.filter(|import| import.counts == checkpoint && !import.has_ended()) else {
            return Ok(Decision::new(None, None));
        };
        let catalogue = Catalogue::read(products, &import, &parts).await?;
        let planned = plan(&catalogue, delivery, &parts);
        let count = planned.len();
        Ok::<_, Failure>(Decision::new(Some(change(&import, &catalogue, delivery, planned)?), Some(count)))
    };
    products.table.seen::<ImportRow>(found).change(delivery, decide).await
}

/// What there is of the products and SKUs of some parts.
struct Catalogue {
    ids: HashMap<Slug, ProductId>,
    products: HashMap<ProductId, Stored<Product>>,
    stock: HashMap<Sku, StockItem>,
    adjusted: HashSet<Sku>,
}

impl Catalogue {
    async fn read(products: &Products, import: &Import, parts: &[&Part]) -> Result<Self, store::Error> {
        let slugs: HashSet<&Slug> = parts.iter().copied().filter_map(slug).collect();
        let slugs = products.all::<SlugRow>(slugs.into_iter().map(slug_key).collect()).await?;
        let ids: HashMap<_, _> =
            slugs.into_iter().map(|taken| (taken.value.slug, taken.value.product_id)).collect();
        let keys: HashSet<ProductId> = ids.values().copied().collect();
        let found = products.all::<ProductRow>(keys.into_iter().map(product_key).collect()).await?;
        let found = found.into_iter().map(|product| (product.value.product_id, product)).collect();
        let variants = || parts.iter().flat_map(|part| &part.variants);
        let stock = variants().map(|(_, variant)| stock_key(&variant.sku)).collect();
        let stock = products.all::<StockRow>(stock).await?;
        let adjustments = variants().filter(|(_, variant)| variant.stock_delta.is_some());
        let adjustments = adjustments.map(|(place, variant)| {
            adjustment_key(&variant.sku, AdjustmentId::of_row(first(import), place.row))
        });
        let adjusted = products.all::<AdjustmentRow>(adjustments.collect()).await?;
        Ok(Self {
            ids,
            products: found,
            stock: stock.into_iter().map(|item| (item.value.sku.clone(), item.value)).collect(),
            adjusted: adjusted.into_iter().map(|made| made.value.sku).collect(),
        })
    }

    fn product(&self, part: &Part) -> Option<&Stored<Product>> {
        self.products.get(self.ids.get(slug(part)?)?)
    }

    fn existing(&self, part: &Part) -> Existing<'_> {
        let skus = || part.variants.iter().map(|(_, variant)| &variant.sku);
        Existing {
            product: self.product(part).map(|found| &found.value),
            stock: skus().filter_map(|sku| self.stock.get(sku)).collect(),
            adjusted: skus().filter(|sku| self.adjusted.contains(sku)).cloned().collect(),
        }
    }
}

fn slug(part: &Part) -> Option<&Slug> {
    part.product.as_ref().map(|product| &product.slug)
}

fn first(import: &Import) -> ImportId {
    import.first.unwrap_or(import.import_id)
}

/// A part, and what it changes.
struct Planned<'a> {
    part: &'a Part,
    plan: Plan,
}

/// Plans the parts that fit into a transaction, which writes a product once: its next part is planned when this one is written.
fn plan<'a>(
    catalogue: &Catalogue,
    delivery: &Delivery<ImportMessage>,
    parts: &[&'a Part],
) -> Vec<Planned<'a>> {
    let (mut planned, mut writes) = (Vec::new(), 0);
    let (mut slugs, mut ids) = (HashSet::new(), HashSet::new());
    for &part in parts {
        let id = catalogue.product(part).map(|found| found.value.product_id);
        let is_again =
            slug(part).is_some_and(|slug| !slugs.insert(slug)) || id.is_some_and(|id| !ids.insert(id));
        if is_again {
            break;
        }
        let plan = part.plan(&catalogue.existing(part), delivery.new_id(), delivery.now);
        writes += plan.writes();
        if writes > WRITES && !planned.is_empty() {
            break;
        }
        planned.push(Planned { part, plan });
    }
    planned
}

fn change(
    import: &Import,
    catalogue: &Catalogue,
    delivery: &Delivery<ImportMessage>,
    planned: Vec<Planned<'_>>,
) -> Result<Change<ImportRow, Failure>, Failure> {
    let counts = planned.iter().fold(ImportCounts::default(), |counts, one| counts.plus(one.plan.counts));
    let mut change = Change::to(import.advanced(counts));
    let failed = planned.iter().flat_map(|one| one.plan.failures.iter().cloned());
    let failed: Vec<RowFailure> = failed.take(import.failures_left()).collect();
    if !failed.is_empty() {
        let (import_id, requested_at) = (import.import_id, import.requested_at);
        let failures = Failures { import_id, after: import.counts.rows(), failed, requested_at };
        change = change.insert::<FailuresRow>(&failures);
    }
    if import.dry_run {
        return Ok(change);
    }
    if planned.iter().any(|one| one.plan.product.is_some()) {
        change = change.update(changed(delivery.now));
    }
    for Planned { part, plan } in planned {
        change = of_part(change, import, delivery, plan, catalogue.product(part))?;
    }
    Ok(change)
}

fn of_part(
    mut change: Change<ImportRow, Failure>,
    import: &Import,
    delivery: &Delivery<ImportMessage>,
    plan: Plan,
    found: Option<&Stored<Product>>,
) -> Result<Change<ImportRow, Failure>, Failure> {
    let Plan { product, fields, stock, .. } = plan;
    let product_id = product.as_ref().or(found.map(|found| &found.value)).map(|product| product.product_id);
    let Some(product_id) = product_id else { return Ok(change) };
    let revision = Revision::new(delivery.new_id(), product_id, import.requested_by, delivery.now);
    match (product, found) {
        (Some(product), Some(found)) => {
            change = change
                .replace::<ProductRow>(found, &product)
                .insert::<ProductChangeRow>(&revision.record(fields));
        }
        (Some(product), None) => {
            let slug = TakenSlug { slug: product.slug.clone(), product_id };
            change = change.insert::<ProductRow>(&product).insert::<SlugRow>(&slug);
        }
        (None, _) => {}
    }
    for (sku, write) in stock {
        change = match &write.opened {
            Some(item) => change.insert::<StockRow>(item),
            None => change.update(imported(&sku, &write)),
        };
        if let Some((before, after)) = write.price {
            change = change.insert::<PriceChangeRow>(&revision.of_price(&sku, before, after));
        }
        if let Some((row, delta)) = write.adjustment {
            let adjustment = Adjustment {
                adjustment_id: AdjustmentId::of_row(first(import), row),
                sku,
                delta,
                reason: Reason::try_new(format!("row {row} of {}", import.import_id))?,
                adjusted_by: import.requested_by,
                adjusted_at: delivery.now,
            };
            change = change.insert::<AdjustmentRow>(&adjustment);
        }
        change = change.emit(write.event);
    }
    Ok(change)
}

impl Products {
    /// Returns the rows at `keys`, in no particular order.
    async fn all<R: Row>(&self, keys: Vec<Key>) -> Result<Vec<Stored<R::Value>>, store::Error> {
        let mut found = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH) {
            found.extend(self.table.get_many::<R::Value>(keys).await?);
        }
        Ok(found)
    }
}

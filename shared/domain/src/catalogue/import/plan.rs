//! What a part of a file changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::catalogue::import::fault::field_of;
use crate::catalogue::import::{Field, FileProduct, FileVariant, ImportCounts, Part, Place, RowFailure};
use crate::catalogue::{
    Attributes, Listing, NewProduct, NewVariant, PriceEdit, Product, ProductEdit, ProductField,
    ProductRefusal, ProductStatus, Repriced, Variant, VariantEdit, VariantPut,
};
use crate::events::ProductEvent;
use crate::stock::{Adjusted, Delta, Movement, Stock, StockItem, StockRefusal};
use crate::words::goods::{Goods, Sku};
use crate::words::id::ProductId;
use crate::words::price::PriceTag;

/// What there is before a part is written.
#[derive(Debug)]
pub struct Existing<'a> {
    /// The product that the slug leads to.
    pub product: Option<&'a Product>,
    /// The stock of the part's SKUs, whatever product they belong to. If a row adjusts it, in all its rows.
    pub stock: Vec<&'a Stock>,
    /// The SKUs whose stock the file has adjusted before.
    pub adjusted: HashSet<Sku>,
}

/// What becomes of the stock of a SKU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockWrite {
    /// The stock of a new variant.
    pub opened: Option<StockItem>,
    /// What it repeats of its product.
    pub listing: Option<Listing>,
    /// The price before and after.
    pub price: Option<(PriceTag, PriceTag)>,
    /// The number of its shards, if what they repeat the version of changes.
    pub shards: u8,
    /// The change of its counters, one per row.
    pub movements: Vec<Movement>,
    /// The adjustment to record, and the row that asks for it.
    pub adjustment: Option<(u64, Delta)>,
    /// The event to publish.
    pub event: Option<ProductEvent>,
}

impl StockWrite {
    /// Returns whether something changes that the lines of orders copy, and that shards repeat the version of.
    #[must_use]
    pub fn changes_terms(&self) -> bool {
        self.listing.is_some() || self.price.is_some()
    }

    /// Returns the rows that count its pieces and are written: shards, and `None` for the SKU's own.
    #[must_use]
    pub fn rows(&self) -> BTreeSet<Option<u8>> {
        let own = (self.opened.is_some() || self.changes_terms()).then_some(None);
        let shards = (0..self.shards).map(Some);
        let moved = self.movements.iter().map(|movement| movement.shard);
        own.into_iter().chain(shards).chain(moved).collect()
    }
}

/// What a part of a file changes, and what is wrong with its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The product after the change, or the new one; `None` if it stays as it is.
    pub product: Option<Product>,
    /// What has changed of an existing product.
    pub fields: Vec<ProductField>,
    /// What becomes of stock, by SKU.
    pub stock: BTreeMap<Sku, StockWrite>,
    /// What becomes of the rows.
    pub counts: ImportCounts,
    /// The rows that change nothing.
    pub failures: Vec<RowFailure>,
}

impl Plan {
    /// Returns the number of rows of the table that are written: the product, its slug or the record of its change, and for each SKU
    /// the rows of its stock, its price, its adjustment and its event.
    #[must_use]
    pub fn writes(&self) -> usize {
        let of_stock = |write: &StockWrite| {
            write.rows().len()
                + usize::from(write.price.is_some())
                + usize::from(write.adjustment.is_some())
                + usize::from(write.event.is_some())
        };
        let of_product = if self.product.is_some() { 2 } else { 0 };
        of_product + self.stock.values().map(of_stock).sum::<usize>()
    }
}

/// The product while the rows of a part are applied to it.
struct Draft {
    product: Product,
    stock: BTreeMap<Sku, StockWrite>,
}

impl Part {
    /// Plans the part. A row that is wrong changes nothing, and hinders no other. `product_id` is for a new product.
    #[must_use]
    pub fn plan(&self, existing: &Existing<'_>, product_id: ProductId, now: Timestamp) -> Plan {
        let mut plan = Plan { failures: self.failures.clone(), ..Plan::default() };
        let edited = self.product.as_ref().map(|product| product.edited(existing.product));
        let (mut draft, edited_fields) = match edited {
            None => (None, Vec::new()),
            Some(Ok((draft, fields))) => (draft, fields),
            Some(Err(refusal)) => {
                let field = match refusal {
                    ProductRefusal::TitleTooLong(_) => Field::Title,
                    ref other => field_of(other),
                };
                let refused =
                    |(place, _): &(Place, FileVariant)| RowFailure::refused(*place, field, &refusal);
                plan.failures.extend(self.variants.iter().map(refused));
                (None, Vec::new())
            }
        };
        let is_refused = existing.product.is_some() && draft.is_none();
        let rows = self.product.as_ref().filter(|_| !is_refused).into_iter();
        let rows =
            rows.flat_map(|product| self.variants.iter().map(move |(place, row)| (product, *place, row)));
        let (mut has_good, mut changed) = (false, ImportCounts::default());
        for (product, place, row) in rows {
            let before =
                draft.as_ref().map(|draft| (draft.product.clone(), draft.stock.get(&row.sku).cloned()));
            match apply(draft.as_ref(), product, (place, row), existing, (product_id, now)) {
                Err(failure) => plan.failures.push(failure),
                Ok(after) => {
                    has_good = true;
                    let known = existing.product.is_some_and(|product| product.has(&row.sku));
                    let same = before.is_some_and(|(product, stock)| {
                        product == after.product && stock.as_ref() == after.stock.get(&row.sku)
                    });
                    match (known, same && edited_fields.is_empty()) {
                        (false, _) => changed.created += 1,
                        (true, true) => changed.unchanged += 1,
                        (true, false) => changed.updated += 1,
                    }
                    draft = Some(after);
                }
            }
        }
        plan.failures.sort_by_key(|failure| failure.row);
        let failed = u64::try_from(plan.failures.len()).unwrap_or(u64::MAX);
        plan.counts = ImportCounts { failed, ..changed };
        if let Some(draft) = draft.filter(|_| has_good) {
            plan.take(draft, existing.product, edited_fields);
        }
        plan
    }
}

impl Plan {
    fn take(&mut self, draft: Draft, before: Option<&Product>, edited: Vec<ProductField>) {
        self.fields = edited;
        self.stock = draft.stock;
        if let Some(before) = before {
            let differs = |one: fn(&Variant) -> PriceTag| {
                before.variants.iter().zip(&draft.product.variants).any(|(old, new)| one(old) != one(new))
            };
            if differs(Variant::tag) {
                self.fields.push(ProductField::Prices);
            }
            let bare = |product: &Product| -> Vec<_> {
                let bare = |variant: &Variant| (variant.sku.clone(), variant.title.clone(), variant.tax_rate);
                product.variants.iter().map(bare).collect()
            };
            if bare(before) != bare(&draft.product) {
                self.fields.push(ProductField::Variants);
            }
        }
        self.product = Some(draft.product).filter(|product| Some(product) != before);
    }
}

impl FileProduct {
    /// Applies what the file says of the product itself. `None` if it is new: it needs a variant first.
    fn edited(
        &self,
        existing: Option<&Product>,
    ) -> Result<(Option<Draft>, Vec<ProductField>), ProductRefusal> {
        let Some(existing) = existing else { return Ok((None, Vec::new())) };
        // The slug leads to the product. If it is one that the product had before, that stays so.
        let edit = ProductEdit {
            title: Some(self.title.clone()),
            description: Some(self.description.clone()),
            category: Some(self.category.clone()),
            status: self.status,
            ..ProductEdit::default()
        };
        let none = || (Some(Draft { product: existing.clone(), stock: BTreeMap::new() }), Vec::new());
        Ok(existing.edit(edit)?.map_or_else(none, |edited| {
            let listed = |listing: Listing| {
                let (sku, shards) = (listing.sku.clone(), listing.shards);
                (sku, StockWrite { listing: Some(listing), shards, ..StockWrite::default() })
            };
            let stock = edited.listings.into_iter().map(listed).collect();
            (Some(Draft { product: edited.product, stock }), edited.fields)
        }))
    }
}

/// Applies a row to the product as the rows before it have left it.
fn apply(
    draft: Option<&Draft>,
    product: &FileProduct,
    (place, row): (Place, &FileVariant),
    existing: &Existing<'_>,
    (new_id, now): (ProductId, Timestamp),
) -> Result<Draft, RowFailure> {
    let refused = |refusal: ProductRefusal| RowFailure::refused(place, field_of(&refusal), &refusal);
    let product_id = existing.product.map_or(new_id, |product| product.product_id);
    let stocked = existing.stock.iter().copied().find(|stock| stock.item.sku == row.sku);
    if stocked.is_some_and(|stock| stock.item.product_id != product_id) {
        return Err(refused(ProductRefusal::SkuTaken(row.sku.clone())));
    }
    let mut draft = with_variant(draft, product, row, (product_id, now)).map_err(refused)?;
    let Some(delta) = row.stock_delta.filter(|_| !existing.adjusted.contains(&row.sku)) else {
        return Ok(draft);
    };
    let write = draft.stock.entry(row.sku.clone()).or_default();
    let in_stock = |refusal: StockRefusal| RowFailure::refused(place, Field::StockDelta, &refusal);
    let adjusted = match (&write.opened, stocked) {
        (Some(opened), _) => opened.adjust(delta),
        (None, Some(stock)) => stock.adjust(delta),
        (None, None) => Err(StockRefusal::NotFound),
    };
    let Adjusted { after, movements, event } = adjusted.map_err(in_stock)?;
    match &mut write.opened {
        Some(opened) => *opened = after,
        None => write.movements = movements,
    }
    (write.adjustment, write.event) = (Some((place.row, delta)), event);
    Ok(draft)
}

fn with_variant(
    draft: Option<&Draft>,
    product: &FileProduct,
    row: &FileVariant,
    (product_id, now): (ProductId, Timestamp),
) -> Result<Draft, ProductRefusal> {
    let FileVariant { sku, title, price, tax_rate, stock_delta: _ } = row.clone();
    let opened =
        |item: StockItem| (item.sku.clone(), StockWrite { opened: Some(item), ..StockWrite::default() });
    let Some(draft) = draft else {
        let (tax_rate, goods) = (tax_rate.unwrap_or_default(), Goods::default());
        let variant = NewVariant { sku, title, price, tax_rate, goods, content: None };
        let (product, stock) = Product::create(product_id, product.with(variant), now)?;
        return Ok(Draft { product, stock: stock.into_iter().map(opened).collect() });
    };
    let mut stock = draft.stock.clone();
    let Some(known) = draft.product.variants.iter().find(|known| known.sku == sku) else {
        let (price, tax_rate, goods) = (Some(price), tax_rate.unwrap_or_default(), Goods::default());
        let edit = VariantEdit { sku, title, price, tax_rate, goods, content: None, retired: false };
        return Ok(match draft.product.put_variant(edit)? {
            Some(VariantPut::Added(product, item)) => {
                stock.extend([opened(item)]);
                Draft { product, stock }
            }
            Some(VariantPut::Changed(product, _)) => Draft { product, stock },
            None => Draft { product: draft.product.clone(), stock },
        });
    };
    let edit = VariantEdit {
        sku: sku.clone(),
        title,
        price: None,
        tax_rate: tax_rate.unwrap_or(known.tax_rate),
        goods: known.goods.clone(),
        content: known.content,
        retired: known.retired,
    };
    let mut product = draft.product.clone();
    if let Some(VariantPut::Changed(changed, listing)) = product.put_variant(edit)? {
        product = changed;
        let write = stock.entry(sku.clone()).or_default();
        (write.shards, write.listing) = (listing.shards, Some(listing));
    }
    if known.price != price {
        // A reduction that is on goes on, against the same lowest price: so the changes before it are not needed.
        let on = known.sale.as_ref().filter(|sale| sale.is_on(now));
        let edit = PriceEdit { price, sale: on.map(|sale| (sale.price, sale.until)) };
        let Repriced { product: repriced, before, after, shards } =
            product.change_price(&sku, edit, &[], now)?;
        product = repriced;
        let write = stock.entry(sku).or_default();
        (write.shards, write.price) = (shards, Some((before, after)));
    }
    Ok(Draft { product, stock })
}

impl FileProduct {
    fn with(&self, variant: NewVariant) -> NewProduct {
        let Self { slug, title, description, category, status } = self.clone();
        let status = status.unwrap_or(ProductStatus::Draft);
        NewProduct {
            title,
            description,
            slug,
            category,
            variants: vec![variant],
            attributes: Attributes::default(),
            manufacturer: None,
            responsible_person: None,
            status,
        }
    }
}

impl Product {
    fn has(&self, sku: &Sku) -> bool {
        self.variants.iter().any(|variant| variant.sku == *sku)
    }
}

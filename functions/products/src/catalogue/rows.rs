//! Rows of the products table for the catalogue.
//!
//! | row | pk | sk | gsi1 (active products of a category) | gsi2 (all products of a status) |
//! |---|---|---|---|---|
//! | product | `PRODUCT#<product>` | `PRODUCT` | `CATEGORY#<category>` / `<product>` | `CATALOGUE`, `DRAFTS` or `ARCHIVE` / `<product>` |
//! | change | `PRODUCT#<product>` | `CHANGE#<change>` | | |
//! | price change | `PRICE#<sku>` | `<change>` | | |
//! | slug | `SLUG#<slug>` | `SLUG` | | |
//!
//! Ids of products and of changes sort by time. A slug that a product had before keeps its row, and leads to the product.

use domain::catalogue::{PriceChange, Product, ProductField, ProductStatus};
use domain::words::goods::{Sku, Slug};
use domain::words::id::{ProductChangeId, ProductId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

/// A product.
#[derive(Debug)]
pub struct ProductRow;

impl Row for ProductRow {
    type Value = Product;
    const KIND: &'static str = "product";

    fn key(product: &Product) -> Key {
        product_key(product.product_id)
    }

    /// Customers' lists hold public products only.
    fn place(product: &Product, item: Item) -> Item {
        let id = product.product_id.to_string();
        let item = match of_status(product.status) {
            Some(partition) => item.indexed(2, partition, &id),
            None => item,
        };
        if product.is_public() { item.indexed(1, category(&product.category), id) } else { item }
    }

    fn is_understood(product: &Product) -> bool {
        product.is_understood()
    }
}

/// The marker of a taken slug.
#[derive(Debug)]
pub struct SlugRow;

/// A taken slug, and its product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenSlug {
    /// The slug.
    pub slug: Slug,
    /// The product.
    pub product_id: ProductId,
}

impl Row for SlugRow {
    type Value = TakenSlug;
    const KIND: &'static str = "slug";

    fn key(taken: &TakenSlug) -> Key {
        slug_key(&taken.slug)
    }
}

/// A change of a product.
#[derive(Debug)]
pub struct ProductChangeRow;

/// The record of a change of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChange {
    /// Its id.
    pub change_id: ProductChangeId,
    /// The product.
    pub product_id: ProductId,
    /// What was changed.
    pub fields: Vec<ProductField>,
    /// Who has changed it.
    pub changed_by: UserId,
    /// When.
    pub changed_at: Timestamp,
}

impl Row for ProductChangeRow {
    type Value = ProductChange;
    const KIND: &'static str = "product_change";

    fn key(change: &ProductChange) -> Key {
        Key::new(format!("PRODUCT#{}", change.product_id), format!("CHANGE#{}", change.change_id))
    }
}

/// A change of a SKU's price.
#[derive(Debug)]
pub struct PriceChangeRow;

impl Row for PriceChangeRow {
    type Value = PriceChange;
    const KIND: &'static str = "price_change";

    fn key(change: &PriceChange) -> Key {
        Key::new(prices(&change.sku), change.change_id.to_string())
    }
}

/// Returns the partition of the changes of a SKU's price, which sort by time.
#[must_use]
pub fn prices(sku: &Sku) -> String {
    format!("PRICE#{sku}")
}

/// Returns a product's key.
#[must_use]
pub fn product_key(id: ProductId) -> Key {
    Key::new(format!("PRODUCT#{id}"), "PRODUCT")
}

/// Returns a slug's key.
#[must_use]
pub fn slug_key(slug: &Slug) -> Key {
    Key::new(format!("SLUG#{slug}"), "SLUG")
}

/// Returns the index partition of a category's active products, which sort by creation time.
#[must_use]
pub fn category(category: &Slug) -> String {
    format!("CATEGORY#{category}")
}

/// Returns the index partition of all products of a status, which sort by creation time; `None` for the status of a newer version.
#[must_use]
pub fn of_status(status: ProductStatus) -> Option<&'static str> {
    match status {
        ProductStatus::Active => Some("CATALOGUE"),
        ProductStatus::Draft => Some("DRAFTS"),
        ProductStatus::Archived => Some("ARCHIVE"),
        ProductStatus::Unknown => None,
    }
}

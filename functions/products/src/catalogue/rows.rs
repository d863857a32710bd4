//! Rows of the products table for the catalogue.
//!
//! | row | pk | sk | gsi1 (active products of a category) | gsi2 (all active products) |
//! |---|---|---|---|---|
//! | product | `PRODUCT#<product>` | `PRODUCT` | `CATEGORY#<category>` / `<product>` | `CATALOGUE` / `<product>` |
//! | slug | `SLUG#<slug>` | `SLUG` | | |
//!
//! Product ids sort by creation time.

use domain::catalogue::Product;
use domain::words::goods::Slug;
use domain::words::id::ProductId;
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

    /// Only public products are in the indexes.
    fn place(product: &Product, item: Item) -> Item {
        if !product.is_public() {
            return item;
        }
        let id = product.product_id.to_string();
        item.indexed(1, category(&product.category), &id).indexed(2, catalogue(), id)
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

/// Returns the index partition of all active products, which sort by creation time.
#[must_use]
pub fn catalogue() -> String {
    "CATALOGUE".to_owned()
}

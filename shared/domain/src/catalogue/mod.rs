//! The catalogue: what is sold, under which name, at what price.

mod category;
mod details;
mod edit;
mod image;
mod import;
mod leftovers;
mod price;
mod refusal;
mod variant;

use std::collections::HashSet;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::stock::StockItem;
use crate::words::charge::ChargeRule;
use crate::words::goods::{Content, ContentUnit, Description, Goods, Sku, Slug, Title};
use crate::words::id::ProductId;
use crate::words::money::{Money, TaxRate};
use crate::words::price::{PriceTag, Sale};

pub use category::{Categories, Category, CategoryNode, CategoryRefusal, MAX_CATEGORIES};
pub use details::{
    Attribute, AttributeName, AttributeValue, Attributes, AttributesError, EconomicOperator, MAX_ATTRIBUTES,
    OperatorLine,
};
pub use edit::{EditedProduct, ProductEdit, ProductField};
pub use image::{
    AltText, FileHash, IMAGE_WIDTHS, Image, ImageEdit, ImageFault, ImageType, ImageUpload, MAX_IMAGE_BYTES,
    MAX_IMAGE_SIDE, MAX_IMAGES, NewImage, UPLOAD_KEPT, UPLOAD_TIME, UploadState,
};
pub use import::{
    Existing, Fault, Field, FileFormat, FileProduct, FileRow, FileVariant, Import, ImportCounts,
    ImportRefusal, ImportState, MAX_FAILURES, MAX_IMPORT_BYTES, MAX_IMPORT_ROWS, NewImport, Part, Parts,
    Place, Plan, RowFailure, StockWrite,
};
pub use leftovers::{Leftovers, REMOVED_KEPT};
pub use price::{LOOKBACK, PriceChange, PriceEdit, Repriced};
pub use refusal::ProductRefusal;
pub use variant::{Listing, VariantEdit, VariantPut};

/// Whether customers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// In preparation. Only staff see it, and nobody can order it.
    Draft,
    /// For sale.
    Active,
    /// No longer for sale. Orders still refer to it.
    Archived,
    /// Written by a newer version. This version treats the product as not for sale.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// One form in which a product is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Variant {
    /// Its unit of stock.
    pub sku: Sku,
    /// Distinguishes it from the product's other variants: `Blue, 250 ml`.
    pub title: Title,
    /// The price of one piece without a reduction, tax included.
    pub price: Money,
    /// The reduction of the price; customers see one only while it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Sale>,
    /// The tax that the price contains.
    #[serde(default)]
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece.
    #[serde(default, skip_serializing_if = "Goods::are_ordinary")]
    pub goods: Goods,
    /// What one piece contains, if it is sold by weight, volume or length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Whether it is no longer for sale, and not shown to customers. Orders still refer to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// The number of shards that its stock has; customers do not see it. Its stock says so, too: a change of the product writes all of
    /// them without reading the stock.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shards: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u8) -> bool {
    *value == 0
}

impl Variant {
    /// Returns the price with its reduction.
    #[must_use]
    pub fn tag(&self) -> PriceTag {
        PriceTag { price: self.price, sale: self.sale.clone() }
    }
}

/// A variant of a new product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewVariant {
    /// Its unit of stock.
    pub sku: Sku,
    /// Distinguishes it from the product's other variants: `Blue, 250 ml`.
    pub title: Title,
    /// The price of one piece, tax included.
    pub price: Money,
    /// The tax that the price contains.
    #[serde(default)]
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece.
    #[serde(default, skip_serializing_if = "Goods::are_ordinary")]
    pub goods: Goods,
    /// What one piece contains, if it is sold by weight, volume or length.
    #[serde(default, deserialize_with = "known_content", skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

impl From<NewVariant> for Variant {
    fn from(new: NewVariant) -> Self {
        let NewVariant { sku, title, price, tax_rate, goods, content } = new;
        Self { sku, title, price, sale: None, tax_rate, goods, content, retired: false, shards: 0 }
    }
}

/// An admin's request to create a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewProduct {
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// The human-readable part of its address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its variants, 1 to 50.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_VARIANTS)))]
    pub variants: Vec<NewVariant>,
    /// Its properties, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<EconomicOperator>,
    /// Who answers for it in the European Union, if its manufacturer is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<EconomicOperator>,
    /// Whether customers see it.
    #[serde(deserialize_with = "known_status")]
    pub status: ProductStatus,
}

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// The human-readable part of its address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its variants.
    pub variants: Vec<Variant>,
    /// Its pictures, the most important one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Its properties, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<EconomicOperator>,
    /// Who answers for it in the European Union, if its manufacturer is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<EconomicOperator>,
    /// Whether customers see it.
    pub status: ProductStatus,
    /// Creation time.
    pub created_at: Timestamp,
}

/// Reads the status of a request. A stored one may be of a newer version; a requested one may not.
fn known_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ProductStatus, D::Error> {
    match ProductStatus::deserialize(deserializer)? {
        ProductStatus::Unknown => Err(D::Error::custom("expected `draft`, `active` or `archived`")),
        known => Ok(known),
    }
}

/// Reads the status of a request that may leave it out. A stored one may be of a newer version; a requested one may not.
///
/// # Errors
/// If it is not the status of this version, or `null`.
pub fn present_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ProductStatus>, D::Error> {
    known_status(deserializer).map(Some)
}

/// Reads the contents of a request. Stored ones may have a unit of a newer version; requested ones may not.
///
/// # Errors
/// If they are not such as this version knows.
pub fn known_content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Content>, D::Error> {
    let content = Option::<Content>::deserialize(deserializer)?;
    if content.is_some_and(|content| content.unit == ContentUnit::Unknown) {
        return Err(D::Error::custom("expected the unit `g`, `ml` or `cm`"));
    }
    Ok(content)
}

/// Maximum number of variants per product: they are written with their stock in one transaction.
pub const MAX_VARIANTS: usize = 50;

impl Product {
    /// Creates a product from an admin's request, with empty stock for each variant.
    ///
    /// # Errors
    /// If there are no variants or too many, a SKU is repeated, currencies are mixed, a price is zero or cannot be
    /// charged, or the titles are too long.
    pub fn create(
        product_id: ProductId,
        new: NewProduct,
        now: Timestamp,
    ) -> Result<(Self, Vec<StockItem>), ProductRefusal> {
        if !(1..=MAX_VARIANTS).contains(&new.variants.len()) {
            return Err(ProductRefusal::VariantCount);
        }
        let mut skus = HashSet::new();
        let currency = new.variants.first().map(|variant| variant.price.currency());
        for variant in &new.variants {
            if !skus.insert(&variant.sku) {
                return Err(ProductRefusal::DuplicateSku(variant.sku.clone()));
            }
            if Some(variant.price.currency()) != currency {
                return Err(ProductRefusal::MixedCurrencies);
            }
            check_price(&variant.sku, variant.price)?;
        }
        let product = Self {
            product_id,
            title: new.title,
            description: new.description,
            slug: new.slug,
            category: new.category,
            variants: new.variants.into_iter().map(Variant::from).collect(),
            images: Vec::new(),
            attributes: new.attributes,
            manufacturer: new.manufacturer,
            responsible_person: new.responsible_person,
            status: new.status,
            created_at: now,
        };
        let stock = product.variants.iter().map(|variant| product.opening_stock(variant));
        let stock = stock.collect::<Result<_, _>>()?;
        Ok((product, stock))
    }

    /// Returns whether this version knows the product's status.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.status != ProductStatus::Unknown
    }

    /// Returns the product as customers see it: without retired variants, reductions that have ended, and how its
    /// stock is kept.
    #[must_use]
    pub fn shown(mut self, now: Timestamp) -> Self {
        self.variants.retain(|variant| !variant.retired);
        for variant in &mut self.variants {
            variant.sale = variant.sale.take().filter(|sale| sale.is_on(now));
            variant.shards = 0;
        }
        self
    }

    /// Returns whether customers may see the product.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.status == ProductStatus::Active
    }
}

/// Checks that a price is above zero, and that it can be charged.
fn check_price(sku: &Sku, price: Money) -> Result<(), ProductRefusal> {
    if price.is_zero() {
        return Err(ProductRefusal::FreeOfCharge(sku.clone()));
    }
    let rule = ChargeRule::of(price.currency());
    let rule = rule.map_err(|_| ProductRefusal::CurrencyNotCharged { currency: price.currency() })?;
    rule.check_step(price)
        .map_err(|_| ProductRefusal::PriceNotCharged { sku: sku.clone(), step: rule.step() })
}

#[cfg(test)]
pub(crate) mod tests;

//! The catalogue: what is sold, under which name, at what price.

use std::collections::HashSet;

use jiff::Timestamp;
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::id::ProductId;
use crate::money::{Money, TaxRate};
use crate::person::is_one_line;
use crate::refusal::{Kind, Refusal};

/// A stock keeping unit: what is counted, priced and put in a parcel. Unique in the shop.
#[nutype(
    validate(not_empty, len_char_max = 40, predicate = is_sku),
    derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize, FromStr)
)]
pub struct Sku(String);

fn is_sku(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
}

/// The part of a product's address that people read: `espresso-cups`.
#[nutype(
    validate(not_empty, len_char_max = 80, predicate = is_slug),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize, FromStr)
)]
pub struct Slug(String);

fn is_slug(text: &str) -> bool {
    let words = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(words) && !text.starts_with('-') && !text.ends_with('-')
}

/// A product's or variant's title.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Title(String);

/// A product's description: plain text, several lines allowed.
#[nutype(
    sanitize(trim),
    validate(len_char_max = 5000),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Description(String);

/// How many pieces: 1 to 999.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = 999),
    derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct Quantity(u32);

/// Whether customers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Being prepared: only admins see it and nobody can order it.
    Draft,
    /// For sale.
    Active,
    /// No longer for sale; orders still name it.
    Archived,
}

/// One form in which a product is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its unit of stock.
    pub sku: Sku,
    /// What tells it from the product's other variants: `Blue, 250 ml`.
    pub title: Title,
    /// The price of one piece, tax included.
    pub price: Money,
    /// The tax that the price contains.
    #[serde(default)]
    pub tax_rate: TaxRate,
}

/// What an admin says of a new product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// Its readable address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its variants, 1 to [`MAX_VARIANTS`].
    pub variants: Vec<Variant>,
    /// Whether customers see it.
    pub status: ProductStatus,
}

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// Its readable address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its variants.
    pub variants: Vec<Variant>,
    /// Whether customers see it.
    pub status: ProductStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The most variants of one product: with their stock they are written in one transaction.
pub const MAX_VARIANTS: usize = 50;

/// Why a product cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductRefusal {
    /// None, or more than [`MAX_VARIANTS`].
    #[error("a product has 1 to {MAX_VARIANTS} variants")]
    VariantCount,
    /// Two variants share a sku.
    #[error("the sku {0} is given twice")]
    DuplicateSku(Sku),
    /// The variants' prices are in more than one currency.
    #[error("all variants of a product are priced in one currency")]
    MixedCurrencies,
    /// A price of nothing.
    #[error("the price of {0} must be above zero")]
    FreeOfCharge(Sku),
    /// Another product has the slug.
    #[error("the slug is taken by another product")]
    SlugTaken,
    /// Another product has the sku.
    #[error("the sku {0} is taken by another product")]
    SkuTaken(Sku),
    /// There is no such product, or it is not shown to the caller.
    #[error("there is no such product")]
    NotFound,
}

impl Refusal for ProductRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SlugTaken | Self::SkuTaken(_) => Kind::Conflict,
            Self::NotFound => Kind::NotFound,
            _ => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::VariantCount => "variant_count",
            Self::DuplicateSku(_) => "duplicate_sku",
            Self::MixedCurrencies => "mixed_currencies",
            Self::FreeOfCharge(_) => "free_of_charge",
            Self::SlugTaken => "slug_taken",
            Self::SkuTaken(_) => "sku_taken",
            Self::NotFound => "product_not_found",
        }
    }
}

impl Product {
    /// Makes a product of what an admin said.
    ///
    /// # Errors
    /// On no or too many variants, a sku given twice, mixed currencies, or a price of nothing.
    pub fn create(product_id: ProductId, new: NewProduct, now: Timestamp) -> Result<Self, ProductRefusal> {
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
            if variant.price.is_zero() {
                return Err(ProductRefusal::FreeOfCharge(variant.sku.clone()));
            }
        }
        Ok(Self {
            product_id,
            title: new.title,
            description: new.description,
            slug: new.slug,
            category: new.category,
            variants: new.variants,
            status: new.status,
            created_at: now,
        })
    }

    /// Whether a customer may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.status == ProductStatus::Active
    }
}

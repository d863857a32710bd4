//! A product as the snapshot has it.

use domain::catalogue::{Image, Product, Variant};
use domain::words::goods::{Sku, Slug, Title};
use domain::words::id::ProductId;
use domain::words::money::Money;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::vocabulary;

/// The different words of descriptions and variants' titles that count, so that no entry is too large for its chunk.
const MAX_TEXT_WORDS: usize = 250;

/// A public product: what its card shows, and what finds it. Names are short, since thousands are read at a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The product.
    #[serde(rename = "i")]
    pub product_id: ProductId,
    /// The human-readable part of its address.
    #[serde(rename = "s")]
    pub slug: Slug,
    /// Its title.
    #[serde(rename = "t")]
    pub title: Title,
    /// The category that it is listed in.
    #[serde(rename = "c")]
    pub category: Slug,
    /// Its first picture.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Its variants that are for sale.
    #[serde(rename = "v")]
    pub(crate) offers: Vec<Offer>,
    /// The words of its description and of its variants' titles.
    #[serde(rename = "w", default)]
    pub(crate) text: String,
}

/// A variant that is for sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    #[serde(rename = "s")]
    pub(crate) sku: Sku,
    #[serde(rename = "p")]
    pub(crate) price: Money,
    #[serde(rename = "n", default)]
    pub(crate) in_stock: bool,
}

impl Entry {
    /// Creates the entry of a product; `None` if customers do not see it, or none of its variants is for sale.
    #[must_use]
    pub fn of(product: &Product, now: Timestamp, is_in_stock: impl Fn(&Sku) -> bool) -> Option<Self> {
        let shown: Vec<&Variant> = product.variants.iter().filter(|variant| !variant.retired).collect();
        if !product.is_public() || shown.is_empty() {
            return None;
        }
        let titles = shown.iter().map(|variant| variant.title.as_ref());
        let text = vocabulary(titles.chain([product.description.as_ref()]), MAX_TEXT_WORDS);
        let offer = |variant: &&Variant| Offer {
            sku: variant.sku.clone(),
            price: variant.tag().effective(now),
            in_stock: is_in_stock(&variant.sku),
        };
        Some(Self {
            product_id: product.product_id,
            slug: product.slug.clone(),
            title: product.title.clone(),
            category: product.category.clone(),
            image: product.images.first().cloned(),
            offers: shown.iter().map(offer).collect(),
            text,
        })
    }
}

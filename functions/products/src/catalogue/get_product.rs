//! `GET /products/{product_id}`: returns a product by id or slug, with its availability.
//!
//! Public, so it returns active products only. Drafts and archived products are not found by anyone, admins included.

use std::collections::HashMap;
use std::str::FromStr;

use domain::catalogue::{Attributes, EconomicOperator, Image, Product, ProductRefusal, Variant};
use domain::stock::{Availability, SHOWN_AT_MOST, ShipsInDays};
use domain::words::goods::{Description, Sku, Slug, Title};
use domain::words::id::ProductId;
use edge::{Anyone, Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;

use crate::store::Products;

/// Cache lifetime in seconds. A customer may see stock that has just been sold, which checkout then rejects.
const CACHED: u32 = 10;

/// A product as shown to customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductView {
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
    /// Its variants, without those that are retired.
    pub variants: Vec<VariantView>,
    /// Its pictures, the most important one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Its properties, in the order in which they are shown.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Who makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<EconomicOperator>,
    /// Who answers for it in the European Union, if its manufacturer is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<EconomicOperator>,
    /// Creation time.
    pub created_at: Timestamp,
}

/// A variant as shown to customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VariantView {
    /// The variant, with the reduction of its price if that is on.
    #[serde(flatten)]
    pub variant: Variant,
    /// Whether it can be ordered now.
    pub in_stock: bool,
    /// The number of pieces that can be ordered, capped at 10: 10 means "10 or more".
    pub available: u64,
    /// In how many days it ships, if it is sold before the shop has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ships_in_days: Option<ShipsInDays>,
}

/// A product's identifier in a URL. No text is both an id and a slug.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged, inline))]
pub enum Name {
    /// By its id.
    Id(ProductId),
    /// By its slug.
    Slug(Slug),
}

impl FromStr for Name {
    type Err = ProductRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let slug = || text.parse().map(Self::Slug).map_err(|_| ProductRefusal::NotFound);
        text.parse().map(Self::Id).or_else(|_| slug())
    }
}

/// Returns a product.
///
/// # Errors
/// 404 if it does not exist or is not active.
pub async fn get_product(
    products: Products,
    call: Call<NoBody, Anyone>,
) -> Result<Reply<ProductView>, Problem> {
    let id = match call.path("product_id")? {
        Name::Id(id) => id,
        Name::Slug(slug) => products.id_of(&slug).await?.ok_or(ProductRefusal::NotFound)?,
    };
    let product = products.product(id).await?.ok_or(ProductRefusal::NotFound)?.value;
    if !product.is_public() {
        return Err(ProductRefusal::NotFound.into());
    }
    let stock = products.counters(&product.variants).await?;
    let available = stock.into_iter().map(|counters| (counters.sku, counters.availability)).collect();
    Ok(Reply::ok(view(product.shown(call.now), &available)).cached(CACHED))
}

fn view(product: Product, available: &HashMap<Sku, Availability>) -> ProductView {
    let variants = product.variants.into_iter().map(|variant| {
        let availability = available.get(&variant.sku).copied().unwrap_or_default();
        let (available, ships_in_days) = (availability.available, availability.ships_in_days(1));
        VariantView {
            variant,
            in_stock: available > 0,
            available: available.min(SHOWN_AT_MOST),
            ships_in_days,
        }
    });
    ProductView {
        variants: variants.collect(),
        images: product.images,
        attributes: product.attributes,
        manufacturer: product.manufacturer,
        responsible_person: product.responsible_person,
        product_id: product.product_id,
        title: product.title,
        description: product.description,
        slug: product.slug,
        category: product.category,
        created_at: product.created_at,
    }
}

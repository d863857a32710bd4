//! `GET /products/{product_id}`: one product of the catalogue, by its id or its slug, with what of it can be had.
//!
//! Public, so it shows active products only: to everyone, admins included, there is no draft and no archived product here.

use std::collections::HashMap;
use std::str::FromStr;

use domain::id::ProductId;
use domain::money::{Money, TaxRate};
use domain::product::{Description, Product, ProductRefusal, Sku, Slug, Title};
use edge::{Anyone, Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;

use crate::store::Products;

/// Up to so many pieces the exact number is shown; this number means that there are so many or more. It is enough to say
/// “only 3 left” and to fill a quantity menu, and tells nobody how much the shop has, or sells in a day.
pub const SHOWN_AT_MOST: u64 = 10;

/// How long anyone may keep it, in seconds: a customer may be told of stock that has just gone, and hears of it at checkout.
const CACHED: u32 = 10;

/// A product as customers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductView {
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
    pub variants: Vec<VariantView>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A variant as customers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VariantView {
    /// Its unit of stock.
    pub sku: Sku,
    /// What tells it from the product's other variants.
    pub title: Title,
    /// The price of one piece, tax included.
    pub price: Money,
    /// The tax that the price contains.
    pub tax_rate: TaxRate,
    /// Whether it can be ordered now.
    pub in_stock: bool,
    /// How many pieces can be ordered, [`SHOWN_AT_MOST`] meaning that or more.
    pub available: u64,
}

/// How a product is named in its address. No text is both an id and a slug.
enum Name {
    Id(ProductId),
    Slug(Slug),
}

impl FromStr for Name {
    type Err = ProductRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let slug = || text.parse().map(Self::Slug).map_err(|_| ProductRefusal::NotFound);
        text.parse().map(Self::Id).or_else(|_| slug())
    }
}

/// Shows a product.
///
/// # Errors
/// 404 when there is none, or it is not active.
pub async fn get_product(
    products: Products,
    call: Call<NoBody, Anyone>,
) -> Result<Reply<ProductView>, Problem> {
    let id = match call.path("product_id")? {
        Name::Id(id) => id,
        Name::Slug(slug) => products.id_of(&slug).await?.ok_or(ProductRefusal::NotFound)?,
    };
    let product = products.product(id).await?.filter(Product::is_public).ok_or(ProductRefusal::NotFound)?;
    let stock = products.stock(product.variants.iter().map(|variant| &variant.sku)).await?;
    let available = stock.into_iter().map(|item| (item.sku, item.available)).collect();
    Ok(Reply::ok(view(product, &available)).cached(CACHED))
}

fn view(product: Product, available: &HashMap<Sku, u64>) -> ProductView {
    let variants = product.variants.into_iter().map(|variant| {
        let available = available.get(&variant.sku).copied().unwrap_or_default();
        VariantView {
            sku: variant.sku,
            title: variant.title,
            price: variant.price,
            tax_rate: variant.tax_rate,
            in_stock: available > 0,
            available: available.min(SHOWN_AT_MOST),
        }
    });
    ProductView {
        variants: variants.collect(),
        product_id: product.product_id,
        title: product.title,
        description: product.description,
        slug: product.slug,
        category: product.category,
        created_at: product.created_at,
    }
}

//! A product as the seed writes it down, and how it gets into a shop.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SeedError;
use super::shop::{Keeper, text};

/// How long a reduction lasts.
const SALE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A product with its stock.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goods {
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) category: String,
    pub(super) description: String,
    #[serde(default = "active")]
    pub(super) status: String,
    pub(super) variants: Vec<Variant>,
}

fn active() -> String {
    "active".to_owned()
}

/// A variant. Prices are in cents, taxes in hundredths of a percent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) price: u32,
    pub(super) tax_rate: u32,
    /// The first delivery; with 0 pieces there is none.
    pub(super) stock: u32,
    /// The reduced price, if there is one.
    #[serde(default)]
    pub(super) sale: Option<u32>,
    /// What is sold before the shop has it, in the format of a stock policy.
    #[serde(default)]
    pub(super) backorder: Option<Value>,
}

impl Goods {
    /// Creates the product, with its first deliveries and its reductions. What an earlier run has done is not done again. Returns
    /// the product's id.
    pub(super) async fn offer(&self, keeper: &Keeper) -> Result<String, SeedError> {
        let (id, kept) = match keeper.create("/products", &self.new_product()).await? {
            Some(created) => (text(&created, "product_id"), Value::Null),
            None => {
                let id = keeper.id_of(&self.slug).await?;
                let id = id.ok_or_else(|| SeedError::Taken(self.slug.clone()))?;
                let kept = keeper.product(&id).await?;
                (id, kept)
            }
        };
        let entry = |list: &Value, sku: &str| {
            list.as_array().into_iter().flatten().find(|entry| entry["sku"] == sku).cloned()
        };
        for variant in &self.variants {
            let received = entry(&kept["stock"], &variant.sku).and_then(|stock| stock["received"].as_u64());
            if variant.stock > 0 && received.unwrap_or_default() == 0 {
                keeper.deliver(&variant.sku, variant.stock).await?;
            }
            if let Some(backorder) = &variant.backorder {
                let policy = json!({ "low_at": 5, "backorder": backorder });
                keeper.set(&format!("/admin/catalogue/stock/{}", variant.sku), &policy).await?;
            }
            let kept = entry(&kept["product"]["variants"], &variant.sku).unwrap_or_default();
            if let Some(sale) = variant.sale.filter(|_| kept["sale"].is_null()) {
                keeper.reduce(variant, sale).await?;
            }
        }
        Ok(id)
    }

    fn new_product(&self) -> Value {
        let Self { slug, title, category, description, status, variants } = self;
        let variants = variants.iter().map(|Variant { sku, title, price, tax_rate, .. }| {
            let goods = json!({ "tax_code": tax_code(*tax_rate) });
            json!({ "sku": sku, "title": title, "price": euros(*price), "tax_rate": tax_rate, "goods": goods })
        });
        json!({
            "slug": slug, "title": title, "category": category, "description": description, "status": status,
            "variants": variants.collect::<Vec<_>>(),
        })
    }
}

/// Returns the class of goods that has a rate in Spain, in basis points.
pub(super) fn tax_code(rate: u32) -> &'static str {
    match rate {
        1000 => "food",
        400 => "books",
        _ => "standard",
    }
}

fn euros(amount: u32) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

impl Keeper {
    /// Returns the id of the product with a slug.
    pub(super) async fn id_of(&self, slug: &str) -> Result<Option<String>, SeedError> {
        let found = self.get(&format!("/admin/catalogue/products?slug={slug}")).await?;
        Ok(found["items"][0]["product_id"].as_str().map(str::to_owned))
    }

    /// Returns a product as staff see it.
    pub(super) async fn product(&self, id: &str) -> Result<Value, SeedError> {
        self.get(&format!("/admin/catalogue/products/{id}")).await
    }

    /// Delivers the first pieces of a SKU, once.
    pub(super) async fn deliver(&self, sku: &str, pieces: u32) -> Result<(), SeedError> {
        let path = format!("/stock/{sku}/adjustments");
        let delivery = json!({ "delta": pieces, "reason": "first delivery" });
        self.post(&path, &format!("first-delivery-{sku}"), &delivery).await?;
        Ok(())
    }

    async fn reduce(&self, Variant { sku, price, .. }: &Variant, sale: u32) -> Result<(), SeedError> {
        let until = Timestamp::now() + SALE;
        let path = format!("/admin/catalogue/variants/{sku}/prices");
        let reduced = json!({ "price": euros(*price), "sale": { "price": euros(sale), "until": until } });
        self.post(&path, &format!("sale-{sku}-{}", until.as_second()), &reduced).await?;
        Ok(())
    }
}

//! The catalogue's rows of the products table.

use domain::id::ProductId;
use domain::product::{Product, Slug};
use domain::stock::StockItem;
use serde::{Deserialize, Serialize};
use store::idempotency::{Claim, KeyReused};
use store::{Error, Index, Item, Outcome, Page, Query, Transaction};

use crate::keys;
use crate::store::Products;

/// The label of the row that a slug is unique by.
pub(crate) const SLUG: &str = "slug";

/// The label of the rows that skus are unique by.
pub(crate) const STOCK: &str = "stock";

#[derive(Debug, Serialize, Deserialize)]
struct Taken {
    product_id: ProductId,
}

impl Products {
    /// A product, whatever its status.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn product(&self, id: ProductId) -> Result<Option<Product>, Error> {
        Ok(self.table.get(&keys::product(id)).await?.map(|found| found.value))
    }

    /// The id of the product that has a slug.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn id_of(&self, slug: &Slug) -> Result<Option<ProductId>, Error> {
        Ok(self.table.get::<Taken>(&keys::slug(slug)).await?.map(|found| found.value.product_id))
    }

    /// A page of the active products, of a category or of all, newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the table fails.
    pub async fn list(
        &self,
        category: Option<&Slug>,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Page<Product>, Error> {
        let query = match category {
            Some(category) => Query::new(Index::Gsi(1), keys::category(category)),
            None => Query::new(Index::Gsi(2), keys::catalogue()),
        };
        self.table.query(&query.descending().limit(limit).after(cursor)?).await
    }

    /// The product that a request made before.
    ///
    /// # Errors
    /// [`KeyReused`] in the inner result; when the table fails.
    pub async fn created(&self, claim: &Claim) -> Result<Result<Option<Product>, KeyReused>, Error> {
        claim.reply(&self.table).await
    }

    /// Writes a new product with its slug and its stock, and the reply to the request that made it, if it has a key.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn insert(
        &self,
        product: &Product,
        stock: &[StockItem],
        claim: Option<&Claim>,
    ) -> Result<Outcome, Error> {
        let mut transaction = Transaction::new();
        if let Some(claim) = claim {
            transaction = transaction.answer(claim, product, product.created_at);
        }
        let taken = Taken { product_id: product.product_id };
        transaction = transaction
            .insert("product", item(product))
            .insert(SLUG, Item::new(keys::slug(&product.slug), "slug", &taken));
        for item in stock {
            transaction = transaction.insert(STOCK, Item::new(keys::stock(&item.sku), "stock", item));
        }
        self.table.commit(transaction).await
    }
}

/// Only what customers may see is in the lists.
fn item(product: &Product) -> Item {
    let item = Item::new(keys::product(product.product_id), "product", product);
    if product.is_public() {
        let place = keys::created(product.product_id);
        item.indexed(1, keys::category(&product.category), &place).indexed(2, keys::catalogue(), place)
    } else {
        item
    }
}

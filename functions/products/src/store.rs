//! Access to the products table.

use domain::catalogue::{ImageUpload, Product, ProductStatus};
use domain::stock::StockItem;
use domain::words::goods::{Sku, Slug};
use domain::words::hold::GRACE;
use domain::words::id::{ImageId, OrderId, ProductId};
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::{DueRows, Error, Index, Page, Query, Stored, Table};

use crate::catalogue::rows::{TakenSlug, category, of_status, product_key, slug_key};
use crate::images::rows::{upload_key, uploads};
use crate::reservations::rows::HELD;
use crate::stock::rows::stock_key;

/// As many uploads are shown for a product as it may have pictures.
const SHOWN_UPLOADS: u8 = 20;

/// The products table.
#[derive(Debug, Clone)]
pub struct Products {
    pub(crate) table: Table,
}

impl Connect for Products {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(<Table as Connect>::connect(environment).await?))
    }
}

/// The projection of the index of held reservations.
#[derive(Debug, Deserialize)]
pub struct DueReservation {
    /// The order.
    pub order_id: OrderId,
}

impl Products {
    /// Creates the access to the products in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns a product, whatever its status.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn product(&self, id: ProductId) -> Result<Option<Stored<Product>>, Error> {
        self.table.get(&product_key(id)).await
    }

    /// Returns the id of the product with a slug.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn id_of(&self, slug: &Slug) -> Result<Option<ProductId>, Error> {
        Ok(self.table.get::<TakenSlug>(&slug_key(slug)).await?.map(|found| found.value.product_id))
    }

    /// Returns the upload of a picture, if it is still remembered at `now`.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn upload(&self, id: ImageId, now: Timestamp) -> Result<Option<Stored<ImageUpload>>, Error> {
        self.table.get_unexpired(&upload_key(id), now).await
    }

    /// Returns the uploads for a product that are still remembered at `now` and are not pictures of it, the newest first, up to
    /// twenty.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn uploads_for(&self, id: ProductId, now: Timestamp) -> Result<Vec<ImageUpload>, Error> {
        let query = Query::new(Index::Gsi(1), uploads(id)).descending().limit(SHOWN_UPLOADS);
        let page: Page<Stored<ImageUpload>> = self.table.query(&query).await?;
        Ok(page.items.into_iter().filter(|row| !row.has_expired(now)).map(|row| row.value).collect())
    }

    /// Returns a page of the active products of a category, newest first.
    ///
    /// # Errors
    /// If the cursor does not belong to this list, or the table fails.
    pub async fn of_category(
        &self,
        slug: &Slug,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Page<Stored<Product>>, Error> {
        let query = Query::new(Index::Gsi(1), category(slug));
        self.table.query(&query.descending().limit(limit).after(cursor)?).await
    }

    /// Returns a page of the products of a status, newest first; none of a status that this version does not know.
    ///
    /// # Errors
    /// If the cursor does not belong to this list, or the table fails.
    pub async fn of_status(
        &self,
        status: ProductStatus,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Page<Stored<Product>>, Error> {
        let Some(partition) = of_status(status) else { return Ok(Page { items: Vec::new(), next: None }) };
        let query = Query::new(Index::Gsi(2), partition);
        self.table.query(&query.descending().limit(limit).after(cursor)?).await
    }

    /// Returns a SKU's own row. It does not count the pieces that are in shards.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn stock_of(&self, sku: &Sku) -> Result<Option<StockItem>, Error> {
        Ok(self.table.get(&stock_key(sku)).await?.map(|found| found.value))
    }

    /// Returns the reservations that are still unsettled after the grace period.
    pub async fn overdue(&self, now: Timestamp) -> DueRows<DueReservation> {
        HELD.due(&self.table, now - GRACE).await
    }
}

//! `GET /admin/catalogue/products/{product_id}`: staff read a product as it is kept, whatever its status.

use domain::catalogue::{Product, ProductRefusal};
use domain::words::goods::Sku;
use domain::words::id::ProductId;
use edge::{Call, NoBody, Problem, Reply, Staff};
use serde::Serialize;

use crate::stock::adjust_stock::StockLevel;
use crate::store::Products;

/// A product with the stock of its variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptProduct {
    /// The product.
    pub product: Product,
    /// The counters of its variants, in the order of the variants.
    pub stock: Vec<StockLevel>,
}

/// Returns a product with its counters. `If-Match` with its ETag refers to the product alone: customers change the counters all the
/// time.
///
/// # Errors
/// 404 if it does not exist.
pub async fn show_product(
    products: Products,
    call: Call<NoBody, Staff>,
) -> Result<Reply<KeptProduct>, Problem> {
    let id: ProductId = call.path("product_id")?;
    let found = products.product(id).await?.ok_or(ProductRefusal::NotFound)?;
    let product = found.value;
    let mut stock = products.levels(&product.variants).await?;
    let place = |sku: &Sku| product.variants.iter().position(|variant| variant.sku == *sku);
    stock.sort_by_key(|level| place(&level.sku));
    Ok(Reply::ok(KeptProduct { product, stock }).etag(found.version))
}

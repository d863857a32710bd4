//! `GET /admin/catalogue/products/{product_id}`: staff read a product as it is kept, whatever its status.

use domain::catalogue::{AltText, ImageFault, ImageUpload, Product, ProductRefusal, UploadState};
use domain::words::goods::Sku;
use domain::words::id::{ImageId, ProductId};
use edge::{Call, NoBody, Problem, Reply, Staff};
use jiff::Timestamp;
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
    /// The files of pictures that were announced within a day and that the product has no picture of, the newest first: up to 20.
    pub uploads: Vec<ShownUpload>,
}

/// An announced file that the product has no picture of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShownUpload {
    /// The id of the picture that it was to become.
    pub image_id: ImageId,
    /// What it shows.
    pub alt: AltText,
    /// Whether it is awaited or was refused.
    pub state: UploadState,
    /// Why it was refused, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<ImageFault>,
    /// When it was announced.
    pub announced_at: Timestamp,
}

/// Returns a product with its counters, and with what has become of files that are not its pictures (which may lag a second behind).
/// `If-Match` with its ETag refers to the product alone: customers change the counters all the time.
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
    let mut stock = products.counters(&product.variants).await?;
    let place = |sku: &Sku| product.variants.iter().position(|variant| variant.sku == *sku);
    stock.sort_by_key(|counters| place(&counters.sku));
    let stock = stock.into_iter().map(StockLevel::from).collect();
    let uploads = products.uploads_for(id, call.now).await?.into_iter().map(ShownUpload::from).collect();
    Ok(Reply::ok(KeptProduct { product, stock, uploads }).etag(found.version))
}

impl From<ImageUpload> for ShownUpload {
    fn from(upload: ImageUpload) -> Self {
        let ImageUpload { image_id, alt, state, why, announced_at, .. } = upload;
        Self { image_id, alt, state, why, announced_at }
    }
}

//! `POST /products`: staff add a product to the catalogue. Each of its variants starts without stock.

use domain::catalogue::{NewProduct, Product, ProductRefusal};
use edge::{Call, Problem, Reply, Staff};
use store::{Change, Claim};

use crate::catalogue::rows::{ProductRow, SlugRow, TakenSlug};
use crate::search::rows::changed;
use crate::stock::rows::StockRow;
use crate::store::Products;

/// Creates a product. A draft's reply has no `Location`, since `GET /products/{product_id}` shows active products only,
/// to staff as well: its reply is the same for everyone, so that it can be cached. With an Idempotency-Key, which is
/// optional, a repeated request returns the product that the first one created.
///
/// # Errors
/// 409 if another product has the slug or a SKU, 422 if the product is invalid or the key was used for another request.
pub async fn create_product(
    products: Products,
    call: Call<NewProduct, Staff>,
) -> Result<Reply<Product>, Problem> {
    let creator = call.caller.0.user_id.to_string();
    let claim = match call.optional_idempotency_key()? {
        Some(key) => Some(Claim::new("create-product", &creator, key.as_str(), &call.body)?),
        None => None,
    };
    let (product, stock) = Product::create(call.new_id(), call.body.clone(), call.now)?;
    let slug = TakenSlug { slug: product.slug.clone(), product_id: product.product_id };
    let mut change = Change::<ProductRow, Problem>::to(product)
        .insert_or::<SlugRow>(&slug, ProductRefusal::SlugTaken.into())
        .emit([call.acted("create-product", slug.product_id)]);
    for item in &stock {
        change = change.insert_or::<StockRow>(item, ProductRefusal::SkuTaken(item.sku.clone()).into());
    }
    let change = change.update(changed(call.now));
    let exists = || Problem::internal("the new product exists already");
    let created = products.table.create(&call, change, claim.as_ref(), exists).await?.value;
    if !created.is_public() {
        return Ok(Reply::created_unseen(created));
    }
    let location = format!("/products/{}", created.product_id);
    Ok(Reply::created(created, location))
}

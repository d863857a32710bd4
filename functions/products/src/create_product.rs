//! `POST /products`: an admin adds a product to the catalogue, with stock of nothing for each of its variants.

use std::collections::HashSet;

use domain::product::{NewProduct, Product, ProductRefusal, Sku};
use domain::stock::StockItem;
use edge::{Admin, Call, Problem, Reply};
use store::Outcome;
use store::idempotency::{ANSWERED, Claim};

use crate::catalogue::{SLUG, STOCK};
use crate::store::Products;

/// Makes a product. With an Idempotency-Key, which it may go without, a repeated request gets the product that the first
/// one made.
///
/// # Errors
/// 409 when the slug or a sku is another product's, 422 for what is no product or a key that was used for something else.
pub async fn create_product(
    products: Products,
    call: Call<NewProduct, Admin>,
) -> Result<Reply<Product>, Problem> {
    let admin = call.caller.0.user_id.to_string();
    let claim = match call.optional_idempotency_key()? {
        Some(key) => Some(Claim::new("create-product", &admin, key.as_str(), &call.body)?),
        None => None,
    };
    if let Some(claim) = &claim
        && let Some(product) = products.created(claim).await??
    {
        return Ok(created(product));
    }
    let (product, stock) = Product::create(call.new_id(), call.body.clone(), call.now)?;
    match (products.insert(&product, &stock, claim.as_ref()).await?, &claim) {
        (Outcome::Committed, _) => Ok(created(product)),
        (Outcome::Refused(ANSWERED), Some(claim)) => match products.created(claim).await?? {
            Some(product) => Ok(created(product)),
            None => Err(Problem::unavailable("the recorded reply is gone")),
        },
        (Outcome::Refused(SLUG), _) => Err(ProductRefusal::SlugTaken.into()),
        (Outcome::Refused(STOCK), _) => Err(taken(&products, &stock).await?),
        (Outcome::Refused(label), _) => Err(Problem::internal(format!("the new {label} is there already"))),
    }
}

/// Names the first sku that another product has.
async fn taken(products: &Products, stock: &[StockItem]) -> Result<Problem, Problem> {
    let skus = || stock.iter().map(|item| &item.sku);
    let there: HashSet<Sku> = products.stock(skus()).await?.into_iter().map(|item| item.sku).collect();
    Ok(match skus().find(|sku| there.contains(*sku)) {
        Some(sku) => ProductRefusal::SkuTaken(sku.clone()).into(),
        None => Problem::internal("a sku was refused as taken and is not there"),
    })
}

fn created(product: Product) -> Reply<Product> {
    let location = format!("/products/{}", product.product_id);
    Reply::created(product, location)
}

//! `PATCH /admin/catalogue/products/{product_id}`: staff change a product.

use domain::catalogue::{Product, ProductEdit, ProductRefusal};
use domain::words::goods::Slug;
use domain::words::id::ProductId;
use edge::{Call, Problem, Reply, Staff};
use store::{Change, Stored};

use crate::catalogue::changes::Revision;
use crate::catalogue::rows::{ProductRow, SlugRow, TakenSlug, product_key};
use crate::images::rows::LeftoversRow;
use crate::stock::rows::listed;
use crate::store::Products;

/// Changes a product, and in the same transaction what the stock of its variants repeats of it, so that no order mixes what was
/// before with what is after.
///
/// # Errors
/// 404 for an unknown product, 409 if another product has or had the slug, 412 if someone has changed the product since it was
/// read, 422 if the titles become too long or the product has no such picture, 428 without `If-Match`.
pub async fn update_product(
    products: Products,
    call: Call<ProductEdit, Staff>,
) -> Result<Reply<Product>, Problem> {
    let product_id: ProductId = call.path("product_id")?;
    let edit = &call.body;
    let revision = Revision::of(&call, product_id);
    let update = async |found: Option<Stored<Product>>| {
        let found = found.ok_or(ProductRefusal::NotFound)?;
        call.must_match(found.version)?;
        let Some(edited) = found.value.edit(edit.clone())? else { return Ok::<_, Problem>(None) };
        let new_slug = match &edit.slug {
            Some(slug) if *slug != found.value.slug => free(&products, slug, product_id).await?,
            _ => None,
        };
        let mut change = revision.to(&call, "update-product", edited.product, edited.fields);
        if let Some(slug) = &new_slug {
            change = change.insert_or::<SlugRow>(slug, ProductRefusal::SlugTaken.into());
        }
        if let Some(leftovers) = revision.leftovers(&edited.removed) {
            change = change.insert::<LeftoversRow>(&leftovers);
        }
        Ok(Some(edited.listings.iter().flat_map(listed).fold(change, Change::update)))
    };
    let done = products.table.at::<ProductRow>(product_key(product_id)).change(&call, update).await?;
    let product = done.row.ok_or(ProductRefusal::NotFound)?;
    Ok(Reply::ok(product.value).etag(product.version))
}

/// Returns the slug to be taken for a product; `None` if the product has had it before.
async fn free(products: &Products, slug: &Slug, product_id: ProductId) -> Result<Option<TakenSlug>, Problem> {
    match products.id_of(slug).await? {
        None => Ok(Some(TakenSlug { slug: slug.clone(), product_id })),
        Some(owner) if owner == product_id => Ok(None),
        Some(_) => Err(ProductRefusal::SlugTaken.into()),
    }
}

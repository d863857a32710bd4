//! `PATCH /admin/catalogue/products/{product_id}`: staff change a product.

use domain::catalogue::{ImageEdit, Product, ProductEdit, ProductRefusal, ProductStatus, present_status};
use domain::words::goods::{Description, Slug, Title};
use domain::words::id::ProductId;
use edge::{Call, Problem, Reply, Staff};
use serde::Deserialize;
use store::Stored;

use crate::catalogue::changes::Revision;
use crate::catalogue::rows::{ProductRow, SlugRow, TakenSlug, product_key};
use crate::images::rows::LeftoversRow;
use crate::stock::rows::listed;
use crate::store::Products;

/// What to change: a JSON merge patch (RFC 7396). Nothing of a product can be removed, so `null` is refused.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateProduct {
    /// Its title.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Title"))]
    pub title: Option<Title>,
    /// Its description.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Description"))]
    pub description: Option<Description>,
    /// The human-readable part of its address. The one before keeps leading to the product.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Slug"))]
    pub slug: Option<Slug>,
    /// The category that it is listed in.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Slug"))]
    pub category: Option<Slug>,
    /// Whether customers see it. Orders that were placed stay as they are.
    #[serde(default, deserialize_with = "present_status")]
    #[cfg_attr(feature = "schema", schemars(with = "ProductStatus"))]
    pub status: Option<ProductStatus>,
    /// Its pictures, in their order. Those that are not named are removed, and their files are deleted a month later.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ImageEdit>", length(max = 20)))]
    pub images: Option<Vec<ImageEdit>>,
}

/// Changes a product, and in the same transaction what the stock of its variants repeats of it, so that no order mixes what was
/// before with what is after.
///
/// # Errors
/// 404 for an unknown product, 409 if another product has or had the slug, 412 if someone has changed the product since it was
/// read, 422 if the titles become too long or the product has no such picture, 428 without `If-Match`.
pub async fn update_product(
    products: Products,
    call: Call<UpdateProduct, Staff>,
) -> Result<Reply<Product>, Problem> {
    let product_id: ProductId = call.path("product_id")?;
    let UpdateProduct { title, description, slug, category, status, images } = call.body.clone();
    let edit = ProductEdit { title, description, slug, category, status, images };
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
        for listing in &edited.listings {
            change = change.update(listed(listing));
        }
        if let Some(leftovers) = revision.leftovers(&edited.removed) {
            change = change.insert::<LeftoversRow>(&leftovers);
        }
        Ok(Some(change))
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

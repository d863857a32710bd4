//! `DELETE /admin/catalogue/categories/{slug}`: staff remove a category.

use domain::catalogue::{Categories, CategoryRefusal};
use domain::words::goods::Slug;
use edge::{Call, NoBody, Problem, Reply, Staff};
use store::{Change, Stored};

use crate::categories::rows::{CategoriesRow, categories_key};
use crate::store::Products;

/// Removes a category that no other and no active product is part of. A product that joins it at the same moment keeps its slug, and
/// can be moved later.
///
/// # Errors
/// 404 for an unknown category, 409 if it is not empty.
pub async fn remove_category(products: Products, call: Call<NoBody, Staff>) -> Result<Reply<()>, Problem> {
    let slug: Slug = call.path("slug")?;
    let remove = async |found: Option<Stored<Categories>>| {
        let before = found.ok_or(CategoryRefusal::NotFound)?.value;
        let after = before.remove(&slug)?;
        if !products.of_category(&slug, 1, None).await?.items.is_empty() {
            return Err(CategoryRefusal::InUse.into());
        }
        Ok::<_, Problem>(Some(Change::to(after).emit([call.acted("remove-category", &slug)])))
    };
    products.table.at::<CategoriesRow>(categories_key()).change(&call, remove).await?;
    Ok(Reply::no_content())
}

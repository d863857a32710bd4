//! `PUT /admin/catalogue/categories/{slug}`: staff add a category, or change one.

use domain::catalogue::{Categories, Category};
use domain::words::goods::Slug;
use edge::{Call, Problem, Reply, Staff};
use store::{Change, Stored};

use crate::categories::rows::{CategoriesRow, categories_key};
use crate::store::Products;

/// Adds a category, or changes its title, its parent or its position. Those below it move with it. Its slug cannot change, since
/// products refer to it.
///
/// # Errors
/// 409 if there are 500 categories already; 422 if the parent does not exist or is below the category, or if there would be more than
/// four levels.
pub async fn put_category(
    products: Products,
    call: Call<Category, Staff>,
) -> Result<Reply<Category>, Problem> {
    let slug: Slug = call.path("slug")?;
    let put = async |found: Option<Stored<Categories>>| {
        let before = found.map(|found| found.value).unwrap_or_default();
        if before.get(&slug) == Some(&call.body) {
            return Ok(None);
        }
        let after = before.put(slug.clone(), call.body.clone())?;
        Ok::<_, Problem>(Some(Change::to(after).emit([call.acted("put-category", &slug)])))
    };
    products.table.at::<CategoriesRow>(categories_key()).change(&call, put).await?;
    Ok(Reply::ok(call.body))
}

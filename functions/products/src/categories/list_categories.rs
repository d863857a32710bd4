//! `GET /categories`: the tree of categories.

use domain::catalogue::{Categories, CategoryNode};
use edge::{Anyone, Call, NoBody, Problem, Reply};
use serde::Serialize;

use crate::categories::rows::categories_key;
use crate::store::Products;

/// Cache lifetime in seconds. Staff rarely change the tree, and a page may show it a minute late.
const CACHED: u32 = 60;

/// The tree of categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CategoryTree {
    /// The categories of the first level, in their order, each with those below it. There are at most 500.
    pub items: Vec<CategoryNode>,
}

/// Returns the whole tree, which is small.
///
/// # Errors
/// If the table fails.
pub async fn list_categories(
    products: Products,
    _: Call<NoBody, Anyone>,
) -> Result<Reply<CategoryTree>, Problem> {
    let categories = products.table.get::<Categories>(&categories_key()).await?;
    let items = categories.map(|found| found.value.tree()).unwrap_or_default();
    Ok(Reply::ok(CategoryTree { items }).cached(CACHED))
}

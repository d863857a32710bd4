//! `GET /categories`: the tree of categories.

use domain::catalogue::{Categories, CategoryNode};
use edge::{Anyone, Call, NoBody, Problem, Reply};
use futures::future::try_join;
use search::Snapshot;
use serde::Serialize;

use crate::categories::rows::categories_key;
use crate::search::rows::snapshot_key;
use crate::store::Products;

/// Cache lifetime in seconds. Staff rarely change the tree, and a page may show it a minute late.
const CACHED: u32 = 60;

/// The tree of categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CategoryTree {
    /// The categories of the first level, in their order, each with those below it: at most 500, and at the end those that
    /// only products name.
    pub items: Vec<CategoryNode>,
}

/// Returns the whole tree, which is small. Categories that only products name are at the end of the first level, with their slugs for
/// titles, as soon as the catalogue is indexed.
///
/// # Errors
/// If the table fails.
pub async fn list_categories(
    products: Products,
    _: Call<NoBody, Anyone>,
) -> Result<Reply<CategoryTree>, Problem> {
    let (table, tree, current) = (&products.table, categories_key(), snapshot_key());
    let (tree, snapshot) = try_join(table.get::<Categories>(&tree), table.get::<Snapshot>(&current)).await?;
    let named = snapshot.map(|snapshot| snapshot.value.categories).unwrap_or_default();
    let items = tree.map(|tree| tree.value).unwrap_or_default().with_named(named).tree();
    Ok(Reply::ok(CategoryTree { items }).cached(CACHED))
}

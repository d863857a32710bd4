//! `GET /products`: the active products of a category, or of the whole catalogue, newest first.

use domain::catalogue::Product;
use domain::words::goods::Slug;
use edge::{Anyone, Call, List, NoBody, Paging, Problem, Reply};
use serde::Deserialize;

use crate::store::Products;

/// How long a page may be cached, in seconds. It does not show stock, so it changes only when a product is added.
const CACHED: u32 = 60;

/// Which products are listed.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The category to list; the whole catalogue without it.
    category: Option<Slug>,
    /// The most items of the page: 1 to 100, and 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists products. The availability of variants is on the product's own page.
///
/// # Errors
/// 400 when category, limit or cursor are not valid.
pub async fn list_products(
    products: Products,
    call: Call<NoBody, Anyone>,
) -> Result<Reply<List<Product>>, Problem> {
    let Query { category, limit, cursor } = call.query()?;
    let paging = Paging::new(limit, cursor);
    let page = products.list(category.as_ref(), paging.limit()?, paging.cursor()).await?;
    Ok(Reply::ok(List::from(page)).cached(CACHED))
}

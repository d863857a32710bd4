//! `GET /products`: lists the active products of a category, or of the whole catalogue, newest first.

use domain::catalogue::{Product, ProductStatus};
use domain::words::goods::Slug;
use edge::{Anyone, Call, List, NoBody, Paging, Problem, Reply};
use serde::Deserialize;

use crate::store::Products;

/// Cache lifetime in seconds. A page does not show stock, so it changes only when staff change the catalogue: an archived
/// product may be listed for so long.
const CACHED: u32 = 60;

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The category to list; without it, the whole catalogue.
    category: Option<Slug>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists products. The availability of variants is returned by `GET /products/{product_id}` only.
///
/// # Errors
/// 400 if the category, the limit or the cursor is invalid.
pub async fn list_products(
    products: Products,
    call: Call<NoBody, Anyone, Query>,
) -> Result<Reply<List<Product>>, Problem> {
    let Query { category, limit, cursor } = call.query;
    let paging = Paging::new(limit, cursor);
    let page = match &category {
        Some(slug) => products.of_category(slug, paging.limit()?, paging.cursor()).await?,
        None => products.of_status(ProductStatus::Active, paging.limit()?, paging.cursor()).await?,
    };
    let mut list = List::from(page);
    list.items = list.items.into_iter().map(|product: Product| product.shown(call.now)).collect();
    Ok(Reply::ok(list).cached(CACHED))
}

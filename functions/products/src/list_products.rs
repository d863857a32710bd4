//! `GET /products`: the active products of a category, or of the whole catalogue, newest first.

use domain::product::{Product, Slug};
use edge::{Anyone, Call, List, NoBody, Paging, Problem, Reply};
use serde::Deserialize;

use crate::store::Products;

/// How long anyone may keep a page, in seconds. It says nothing of stock, so it changes when a product is added only.
const CACHED: u32 = 60;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    category: Option<Slug>,
    limit: Option<u8>,
    cursor: Option<String>,
}

/// Lists products. Whether a variant can be had is said by the product's own page.
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
    let list = List { items: page.items, next_cursor: page.next.map(|cursor| cursor.to_string()) };
    Ok(Reply::ok(list).cached(CACHED))
}

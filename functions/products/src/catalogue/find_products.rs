//! `GET /admin/catalogue/products`: staff find products, whatever their status.

use domain::catalogue::{Product, ProductStatus, present_status};
use domain::words::goods::{Sku, Slug};
use edge::{Call, List, NoBody, Paging, Problem, Reply, RequestRefusal, Staff};
use serde::Deserialize;

use crate::store::Products;

/// What to find, by exactly one of `status`, `sku` and `slug`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The products with this status, newest first.
    #[serde(default, deserialize_with = "present_status")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<ProductStatus>"))]
    status: Option<ProductStatus>,
    /// The product that this SKU is a variant of.
    sku: Option<Sku>,
    /// The product that this slug leads to, also if it is one that the product had before.
    slug: Option<Slug>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Finds products. The list by status may lack a change of the past second.
///
/// # Errors
/// 400 unless exactly one of `status`, `sku` and `slug` is given, or if the limit or the cursor is invalid.
pub async fn find_products(
    products: Products,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<Product>>, Problem> {
    let Query { status, sku, slug, limit, cursor } = call.query;
    let paging = Paging::new(limit, cursor);
    let limit = paging.limit()?;
    let id = match (status, &sku, &slug, paging.cursor()) {
        (Some(status), None, None, cursor) => {
            return Ok(Reply::ok(products.of_status(status, limit, cursor).await?.into()));
        }
        (None, Some(sku), None, None) => products.stock_of(sku).await?.map(|item| item.product_id),
        (None, None, Some(slug), None) => products.id_of(slug).await?,
        _ => {
            let reason =
                "exactly one of `status`, `sku` and `slug` is required, and a cursor only with `status`";
            return Err(RequestRefusal::InvalidQuery(reason.to_owned()).into());
        }
    };
    let found = match id {
        Some(id) => products.product(id).await?,
        None => None,
    };
    Ok(Reply::ok(List { items: found.into_iter().map(|found| found.value).collect(), next_cursor: None }))
}

//! `GET /search`: customers find products by words, category, price and stock.

use domain::words::goods::Slug;
use domain::words::money::MAX_AMOUNT;
use edge::{Anyone, Call, NoBody, Paging, Problem, Reply, RequestRefusal};
use search::{Criteria, Found, Phrase, Position, Sort};
use serde::Deserialize;

use crate::search::Search;
use crate::search::snapshots::Snapshots;

/// Cache lifetime in seconds.
const CACHED: u32 = 30;

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The words to find, up to 200 characters and 8 words. All of them have to match, and the last one may be incomplete. One typing
    /// error is forgiven in a word of four letters or more, and two from eight letters.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>", length(max = 200)))]
    q: Option<Phrase>,
    /// The category to find products in, with those below it; without it, all products.
    category: Option<Slug>,
    /// The lowest price, in minor units of the products' currency.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = MAX_AMOUNT)))]
    min_price: Option<i64>,
    /// The highest price.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = MAX_AMOUNT)))]
    max_price: Option<i64>,
    /// Whether to find only what can be ordered now. Stock that has just moved may take some minutes to count.
    in_stock: Option<bool>,
    /// The order; by default, the best match first.
    sort: Option<Sort>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Finds products. A price matches if that of one variant does; with `in_stock`, of one that can be ordered.
///
/// # Errors
/// 400 if the phrase is too long, a price is out of range, the lowest is above the highest, or the limit or the cursor is invalid.
pub async fn search_products(
    catalogue: Snapshots,
    call: Call<NoBody, Anyone, Query>,
) -> Result<Reply<Found>, Problem> {
    let wanted = criteria(call.query)?;
    let found = catalogue.find(&wanted, call.now).await?;
    Ok(Reply::ok(found).cached(CACHED))
}

fn criteria(query: Query) -> Result<Criteria, Problem> {
    let Query { q, category, min_price, max_price, in_stock, sort, limit, cursor } = query;
    let invalid = |reason: &str| Problem::from(RequestRefusal::InvalidQuery(reason.to_owned()));
    let is_amount = |amount: &i64| (0..=MAX_AMOUNT).contains(amount);
    if ![min_price, max_price].iter().flatten().all(is_amount) {
        return Err(invalid("a price must be a whole number of minor units, and not negative"));
    }
    if min_price.zip(max_price).is_some_and(|(min, max)| min > max) {
        return Err(invalid("min_price must not be above max_price"));
    }
    let (paging, sort) = (Paging::new(limit, cursor), sort.unwrap_or_default());
    let after = paging.cursor().map(|cursor| Position::read(cursor, sort)).transpose();
    Ok(Criteria {
        words: q.as_ref().and_then(Phrase::words),
        categories: category.map(|category| vec![category]),
        min_price,
        max_price,
        in_stock: in_stock.unwrap_or_default(),
        sort,
        limit: usize::from(paging.limit()?),
        after: after.map_err(|_| store::Error::BadCursor)?,
    })
}

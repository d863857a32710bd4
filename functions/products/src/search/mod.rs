//! The resource `/search`: customers find products, in a snapshot of the catalogue.

pub mod index_catalogue;
pub mod rows;
pub mod search_products;
pub mod snapshots;
mod unread;

use edge::Problem;
use jiff::Timestamp;
use search::{Criteria, Found};

pub use index_catalogue::index_catalogue;
pub use search_products::search_products;

/// What finds products: today a [snapshot](snapshots::Snapshots) in the function's memory, which 20,000 variants fit in. Beyond
/// that, a search engine takes its place here (docs/scaling.md).
pub trait Search {
    /// Returns a page of the products that match `wanted`.
    ///
    /// # Errors
    /// If nothing can be searched.
    fn find(&self, wanted: &Criteria, now: Timestamp) -> impl Future<Output = Result<Found, Problem>> + Send;
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use edge::contract::Operation;

    vec![Operation::of("search-products", search_products).list().cached()]
}

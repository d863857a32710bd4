//! Products: the catalogue, and the stock that is counted, held for orders and sold.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.

pub mod catalogue;
pub mod categories;
pub mod files;
pub mod images;
pub mod imports;
pub mod quotes;
pub mod reservations;
pub mod search;
pub mod stock;
pub mod store;
pub mod watches;

/// The contract of every operation behind a route.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    [
        catalogue::contract(),
        categories::contract(),
        images::contract(),
        imports::contract(),
        quotes::contract(),
        reservations::contract(),
        stock::contract(),
        search::contract(),
        watches::contract(),
    ]
    .concat()
}

//! The resource `/categories`, and `/admin/catalogue/categories` for staff: the tree in which customers browse.

pub mod list_categories;
pub mod put_category;
pub mod remove_category;
pub mod rows;

pub use list_categories::list_categories;
pub use put_category::put_category;
pub use remove_category::remove_category;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::catalogue::CategoryRefusal;
    use domain::words::goods::Slug;
    use edge::contract::Operation;

    vec![
        Operation::of("list-categories", list_categories).cached(),
        Operation::of("put-category", put_category)
            .path::<Slug>()
            .refuses_all_but(CategoryRefusal::CODES, &["category_not_found", "category_in_use"]),
        Operation::of("remove-category", remove_category)
            .path::<Slug>()
            .refuses(CategoryRefusal::CODES, &["category_not_found", "category_in_use"]),
    ]
}

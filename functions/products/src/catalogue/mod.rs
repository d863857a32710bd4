//! The resource `/products`: what is sold, under which name, at which price.

pub mod create_product;
pub mod get_product;
pub mod list_products;
pub mod rows;

pub use create_product::create_product;
pub use get_product::get_product;
pub use list_products::list_products;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::catalogue::ProductRefusal;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("create-product", create_product)
            .created()
            .idempotency_key(Header::Optional)
            .refuses_all_but(ProductRefusal::CODES, &["product_not_found"]),
        Operation::of("get-product", get_product)
            .path::<get_product::Name>()
            .cached()
            .refuses(ProductRefusal::CODES, &["product_not_found"]),
        Operation::of("list-products", list_products).list().cached(),
    ]
}

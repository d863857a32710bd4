//! The resource `/products`, and `/admin/catalogue/products` for staff: what is sold, under which name, at which price.

pub mod change_price;
pub mod changes;
pub mod create_product;
pub mod find_products;
pub mod get_price_history;
pub mod get_product;
pub mod list_products;
pub mod put_variant;
pub mod rows;
pub mod show_product;
pub mod update_product;

pub use change_price::change_price;
pub use create_product::create_product;
pub use find_products::find_products;
pub use get_price_history::get_price_history;
pub use get_product::get_product;
pub use list_products::list_products;
pub use put_variant::put_variant;
pub use show_product::show_product;
pub use update_product::update_product;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::catalogue::ProductRefusal;
    use domain::stock::StockRefusal;
    use domain::words::goods::Sku;
    use domain::words::id::ProductId;
    use edge::contract::{Header, Operation};

    const PRICE_REFUSALS: [&str; 7] = [
        "product_not_found",
        "mixed_currencies",
        "free_of_charge",
        "currency_not_supported",
        "price_not_chargeable",
        "sale_not_lower",
        "sale_ended",
    ];
    vec![
        Operation::of("create-product", create_product)
            .created()
            .idempotency_key(Header::Optional)
            .refuses_all_but(
                ProductRefusal::CODES,
                &[
                    "product_not_found",
                    "price_missing",
                    "price_differs",
                    "sale_not_lower",
                    "sale_ended",
                    "image_too_large",
                    "too_many_images",
                    "unknown_image",
                ],
            ),
        Operation::of("get-product", get_product)
            .path::<get_product::Name>()
            .cached()
            .refuses(ProductRefusal::CODES, &["product_not_found"]),
        Operation::of("list-products", list_products).list().cached(),
        Operation::of("update-product", update_product)
            .path::<ProductId>()
            .if_match(Header::Required)
            .etag()
            .refuses(
                ProductRefusal::CODES,
                &["product_not_found", "slug_taken", "title_too_long", "unknown_image"],
            ),
        Operation::of("show-product", show_product)
            .path::<ProductId>()
            .etag()
            .refuses(ProductRefusal::CODES, &["product_not_found"]),
        Operation::of("find-products", find_products).list(),
        Operation::of("put-variant", put_variant)
            .path::<ProductId>()
            .path::<Sku>()
            .created()
            .or_replaced()
            .if_match(Header::Required)
            .etag()
            .refuses_all_but(
                ProductRefusal::CODES,
                &[
                    "slug_taken",
                    "duplicate_sku",
                    "sale_not_lower",
                    "sale_ended",
                    "image_too_large",
                    "too_many_images",
                    "unknown_image",
                ],
            ),
        Operation::of("change-price", change_price)
            .path::<Sku>()
            .created()
            .idempotency_key(Header::Required)
            .refuses(StockRefusal::CODES, &["sku_not_found"])
            .refuses(ProductRefusal::CODES, &PRICE_REFUSALS),
        Operation::of("get-price-history", get_price_history)
            .path::<Sku>()
            .list()
            .refuses(StockRefusal::CODES, &["sku_not_found"]),
    ]
}

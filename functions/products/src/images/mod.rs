//! The resource `/admin/catalogue/products/{product_id}/images`: pictures, from the announcement of a file to what customers see.
//!
//! ```text
//! add-image → a presigned URL → the browser uploads to uploads/<image> → S3 → catalogue-uploads → finish-image → images/<product>/…
//! update-product removes a picture → a month later, delete-images
//! ```

pub mod add_image;
pub mod delete_images;
pub mod finish_image;
pub mod picture;
pub mod rows;

pub use add_image::add_image;
pub use delete_images::delete_images;
pub use finish_image::finish_image;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::catalogue::ProductRefusal;
    use domain::words::id::ProductId;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("add-image", add_image)
            .path::<ProductId>()
            .created()
            .idempotency_key(Header::Required)
            .refuses(ProductRefusal::CODES, &["product_not_found", "image_too_large", "too_many_images"]),
    ]
}

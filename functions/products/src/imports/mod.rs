//! The resource `/admin/catalogue/imports`, and `/admin/catalogue/export`: files of products, uploaded by staff and downloaded again.
//!
//! ```text
//! create-import → a presigned URL → the browser uploads to imports/<import> → S3 → catalogue-imports → run-import ⇄ catalogue-imports
//! ```

pub mod create_import;
pub mod export_catalogue;
pub mod file;
pub mod get_import;
pub mod import_message;
pub mod rows;
pub mod run_import;
mod write;

pub use create_import::create_import;
pub use export_catalogue::export_catalogue;
pub use get_import::get_import;
pub use run_import::run_import;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::catalogue::ImportRefusal;
    use domain::words::id::ImportId;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("create-import", create_import)
            .created()
            .idempotency_key(Header::Required)
            .refuses(ImportRefusal::CODES, &["import_too_large"]),
        Operation::of("get-import", get_import)
            .path::<ImportId>()
            .refuses(ImportRefusal::CODES, &["import_not_found"]),
        Operation::of("export-catalogue", export_catalogue).list(),
    ]
}

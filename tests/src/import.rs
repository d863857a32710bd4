//! Files of products, made here, and their import as the staff's page asks for it.

use domain::words::sha256;
use serde_json::{Value, json};

use crate::customer::Customer;
use crate::upload::upload;

/// The header of the files.
pub const HEADER: &str =
    "slug,title,description,category,sku,variant_title,price,currency,status,stock_delta\n";

/// Returns the row of a product with one variant.
#[must_use]
pub fn row(slug: &str, price: &str, stock: i64) -> String {
    let sku = slug.to_uppercase();
    format!("{slug},Product {slug},Made to be imported.,imported,{sku},One,{price},EUR,active,{stock}\n")
}

/// The announcement of a file.
#[must_use]
pub fn announcement(file: &[u8], format: &str) -> Value {
    json!({ "format": format, "bytes": file.len(), "sha256": sha256::hex(file), "dry_run": false })
}

/// Announces a file, uploads it, and returns the path of its import.
///
/// # Panics
/// If the file is not accepted.
pub async fn begin(staff: &Customer<'_>, key: &str, announcement: &Value, file: Vec<u8>) -> String {
    let announced = staff.post("/admin/catalogue/imports", key, announcement).await;
    assert_eq!(announced.status, 201, "{announced:?}");
    let (status, answer) = upload(&announced.body, file).await.expect("the bucket answers");
    assert_eq!(status, 200, "{answer}");
    format!("/admin/catalogue/imports/{}", announced.body["import_id"].as_str().expect("an id"))
}

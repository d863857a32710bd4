//! Files of products, made here, and their import as the staff's page asks for it.

use domain::words::sha256;
use serde_json::{Value, json};

use crate::customer::Customer;
use crate::picture::upload;

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

/// What S3 reports about the upload of a file to import.
#[must_use]
pub fn report(bucket: &str, import_id: &str) -> Value {
    let example: Value =
        serde_json::from_str(include_str!("../../events/run-import.json")).expect("the event is JSON");
    let body = example["Records"][0]["body"].as_str().expect("the event has a body");
    let mut body: Value = serde_json::from_str(body).expect("the body is JSON");
    body["Records"][0]["s3"]["bucket"]["name"] = bucket.into();
    body["Records"][0]["s3"]["object"]["key"] = format!("imports/{import_id}").into();
    body
}

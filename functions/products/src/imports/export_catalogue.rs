//! `GET /admin/catalogue/export`: staff download the catalogue as a file that can be imported again.

use domain::catalogue::{FileFormat, Product, ProductStatus, present_status};
use edge::{Call, NoBody, Problem, Reply, Staff};
use serde::{Deserialize, Serialize};

use crate::imports::file::{csv_lines, json_lines};
use crate::store::Products;

/// The number of products per page. Lambda returns up to 6 MB, and a product has up to 70 KB.
const PAGE: u8 = 50;

/// What to export.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The form of the file.
    #[serde(deserialize_with = "FileFormat::known")]
    #[cfg_attr(feature = "schema", schemars(with = "FileFormat"))]
    format: FileFormat,
    /// The products with this status; the active ones by default.
    #[serde(default, deserialize_with = "present_status")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<ProductStatus>"))]
    status: Option<ProductStatus>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportPage {
    /// The next lines of the file, with their line breaks. The texts of all pages, one after the other, are the file.
    pub text: String,
    /// The cursor for the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Exports the products of a status with the variants that are not retired, newest first. Importing the file changes nothing. The list may lack a
/// change of the past second.
///
/// # Errors
/// 400 if the form, the status or the cursor is invalid.
pub async fn export_catalogue(
    products: Products,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<ExportPage>, Problem> {
    let Query { format, status, cursor } = call.query;
    let status = status.unwrap_or(ProductStatus::Active);
    let page = products.of_status(status, PAGE, cursor.as_deref()).await?;
    let items: Vec<Product> = page.items.into_iter().map(|found| found.value).collect();
    let text = match format {
        FileFormat::Jsonl => json_lines(&items).map_err(Problem::internal)?,
        FileFormat::Csv | FileFormat::Unknown => {
            csv_lines(&items, cursor.is_none()).map_err(Problem::internal)?
        }
    };
    Ok(Reply::ok(ExportPage { text, next_cursor: page.next.map(|next| next.to_string()) }))
}

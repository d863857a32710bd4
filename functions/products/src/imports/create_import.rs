//! `POST /admin/catalogue/imports`: staff announce a file of products, and get the URL to upload it to.

use domain::catalogue::{Import, NewImport};
use domain::words::id::ImportId;
use edge::{Call, Problem, Reply, Staff};
use jiff::Timestamp;
use serde::Serialize;
use store::{Change, Claim};

use crate::files::{Announced, Bucket, Upload};
use crate::imports::rows::{ImportRow, file_name};
use crate::store::Products;

/// An announced file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedImport {
    /// The import's id. It runs once the file was uploaded.
    pub import_id: ImportId,
    /// Where the file is to be uploaded.
    pub upload: Upload,
}

/// Announces a file. The URL accepts exactly this file, and nothing else. A repeated request gets a new URL for the same import.
///
/// # Errors
/// 400 without an Idempotency-Key, 413 if the file is too large, 422 if the key was used for another request.
pub async fn create_import(
    (products, bucket): (Products, Bucket),
    call: Call<NewImport, Staff>,
) -> Result<Reply<CreatedImport>, Problem> {
    let staff = call.caller.0.user_id;
    let key = call.idempotency_key()?;
    let claim = Claim::new("create-import", &staff.to_string(), key.as_str(), &call.body)?;
    let earlier = products.table.answered::<Import>(&claim, call.now).await?;
    let import = match earlier {
        Some(import) => import,
        None => {
            let import = Import::announce(call.new_id(), call.body.clone(), staff, call.now)?;
            let acted = call.acted("create-import", import.import_id);
            let change = Change::<ImportRow, Problem>::to(import).emit([acted]);
            let exists = || Problem::internal("the new import exists already");
            products.table.create(&call, change, Some(&claim), exists).await?.value
        }
    };
    Ok(Reply::created_unseen(created(&bucket, &import, call.now)?))
}

/// Returns the request that uploads the file, from now on.
fn created(bucket: &Bucket, import: &Import, now: Timestamp) -> Result<CreatedImport, Problem> {
    let Import { import_id, format, bytes, sha256, .. } = import;
    let key = file_name(*import_id);
    let file = Announced { key: &key, content_type: format.media_type(), bytes: *bytes, sha256 };
    let upload = bucket.presign(file, now).map_err(Problem::internal)?;
    Ok(CreatedImport { import_id: *import_id, upload })
}

//! `POST /admin/catalogue/products/{product_id}/images`: staff announce a picture, and get the URL to upload it to.

use domain::catalogue::{ImageFault, ImageUpload, NewImage, ProductRefusal, UploadState};
use domain::words::id::{ImageId, ProductId};
use edge::{Call, Problem, Reply, Staff};
use jiff::Timestamp;
use serde::Serialize;
use store::{Change, Claim};

use crate::files::{Announced, Bucket, Upload};
use crate::images::rows::{ImageUploadRow, upload_name};
use crate::store::Products;

/// An announced picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AddedImage {
    /// The picture's id. The product has it once the file was uploaded and checked, some seconds later.
    pub image_id: ImageId,
    /// What has become of the file. A new one is awaited.
    pub state: UploadState,
    /// Why it was refused, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<ImageFault>,
    /// Where the file is to be uploaded, as long as it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
}

/// Announces the file of a picture. The URL accepts exactly this file, and nothing else. A repeated request gets a new URL for the
/// same picture, or, once the file was looked at, what has become of it.
///
/// # Errors
/// 404 for an unknown product, 409 if it has 20 pictures, 422 if the file is too large or the key was used for another request.
pub async fn add_image(
    (products, bucket): (Products, Bucket),
    call: Call<NewImage, Staff>,
) -> Result<Reply<AddedImage>, Problem> {
    let product_id: ProductId = call.path("product_id")?;
    let staff = call.caller.0.user_id;
    let key = call.idempotency_key()?;
    let claim = Claim::new("add-image", &staff.to_string(), key.as_str(), &(product_id, &call.body))?;
    let earlier = products.table.answered::<ImageUpload>(&claim, call.now).await?;
    let upload = match earlier {
        // The upload is remembered for as long as the key.
        Some(announced) => {
            let current = products.upload(announced.image_id, call.now).await?;
            current.map_or(announced, |current| current.value)
        }
        None => {
            let product = products.product(product_id).await?.ok_or(ProductRefusal::NotFound)?.value;
            let upload = product.announce_image(call.new_id(), call.body.clone(), staff, call.now)?;
            let change =
                Change::<ImageUploadRow, Problem>::to(upload).emit([call.acted("add-image", product_id)]);
            let exists = || Problem::internal("the new picture exists already");
            products.table.create(&call, change, Some(&claim), exists).await?.value
        }
    };
    Ok(Reply::created_unseen(added(&bucket, &upload, call.now)?))
}

/// Returns what has become of the file, with the request that uploads it from now on if it is still awaited.
fn added(bucket: &Bucket, upload: &ImageUpload, now: Timestamp) -> Result<AddedImage, Problem> {
    let ImageUpload { image_id, content_type, bytes, sha256, state, why, .. } = upload;
    let key = upload_name(*image_id);
    let file = Announced { key: &key, content_type: content_type.name(), bytes: *bytes, sha256 };
    let signed = upload.is_awaited().then(|| bucket.presign(file, now)).transpose();
    let signed = signed.map_err(Problem::internal)?;
    Ok(AddedImage { image_id: *image_id, state: *state, why: *why, upload: signed })
}

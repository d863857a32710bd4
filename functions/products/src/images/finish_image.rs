//! Queue `catalogue-uploads`: checks an uploaded file, writes its sizes, and adds it to its product.

use domain::catalogue::{Image, ImageFault, ImageUpload, Product, ProductField};
use domain::words::id::{ImageId, ProductChangeId};
use domain::words::sha256;
use edge::queue::{Delivery, Failure};
use store::{Change, Stored};

use crate::catalogue::rows::{ProductChange, ProductChangeRow, ProductRow, product_key};
use crate::files::{Bucket, UploadEvent};
use crate::images::picture::{self, Picture};
use crate::images::rows::{ImageUploadRow, UPLOADS, upload_key, upload_name};
use crate::search::rows::changed;
use crate::store::Products;

/// Makes a picture of each uploaded file, or records why it cannot be one; then removes the file. The upload's state is the mark
/// against duplicates. A file that nobody has announced stays, and the bucket deletes it after a day.
///
/// # Errors
/// If the table or the bucket fails. The queue redelivers the message.
pub async fn finish_image(
    (products, bucket): (Products, Bucket),
    delivery: Delivery<UploadEvent>,
) -> Result<(), Failure> {
    for image_id in delivery.envelope.ids(UPLOADS) {
        finish(&products, &bucket, &delivery, image_id).await?;
    }
    Ok(())
}

async fn finish(
    products: &Products,
    bucket: &Bucket,
    delivery: &Delivery<UploadEvent>,
    image_id: ImageId,
) -> Result<(), Failure> {
    let found = products.upload(image_id, delivery.now).await?;
    let Some(upload) = found.map(|found| found.value) else {
        tracing::warn!(%image_id, "nobody has announced this picture, or too long ago");
        return Ok(());
    };
    if !upload.is_understood() {
        return Err(Failure::from("the upload is in a state of a newer version"));
    }
    let name = upload_name(image_id);
    if upload.is_awaited()
        && let Some(file) = bucket.get(&name).await?
    {
        let fault = match make(bucket, &upload, file).await? {
            Ok(image) => add(products, delivery, &upload, image).await?,
            Err(fault) => Some(fault),
        };
        if let Some(fault) = fault {
            refuse(products, delivery, image_id, fault).await?;
        }
    }
    Ok(bucket.delete(&name).await?)
}

/// Writes the sizes of a picture. Reading it takes seconds of processor time, during which the process must see its deadline.
async fn make(
    bucket: &Bucket,
    upload: &ImageUpload,
    file: Vec<u8>,
) -> Result<Result<Image, ImageFault>, Failure> {
    let (declared, file) = (upload.content_type, file);
    let read = match tokio::task::spawn_blocking(move || picture::read(declared, &file)).await {
        Ok(read) => read,
        // It depends on the file alone, so it would panic again.
        Err(error) if error.is_panic() => Err(ImageFault::ImageBroken),
        Err(error) => return Err(error.into()),
    };
    let Picture { sizes } = match read {
        Ok(picture) => picture,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some((width, height)) = sizes.last().map(|largest| (largest.width, largest.height)) else {
        return Ok(Err(ImageFault::ImageTooSmall));
    };
    let hash = digest(upload);
    let key = |width: u32| format!("images/{}/{}-{width}.jpg", upload.product_id, &hash[..16]);
    for size in &sizes {
        bucket.put_unchanging(&key(size.width), "image/jpeg", &size.jpeg).await?;
    }
    Ok(Ok(Image {
        image_id: upload.image_id,
        url: format!("/{}", key(width)),
        alt: upload.alt.clone(),
        width,
        height,
        widths: sizes.iter().map(|size| size.width).collect(),
    }))
}

/// Returns a hash of the announcement and its file. The same file, announced again, is another picture, whose sizes stay when those of
/// this one are deleted. 64 bits of it are enough to tell the pictures of a product apart.
fn digest(upload: &ImageUpload) -> String {
    sha256::hex(format!("{} {}", upload.image_id, upload.sha256))
}

/// Adds a picture to its product, unless the upload has ended meanwhile. Returns why it cannot be added.
async fn add(
    products: &Products,
    delivery: &Delivery<UploadEvent>,
    upload: &ImageUpload,
    image: Image,
) -> Result<Option<ImageFault>, Failure> {
    let image_id = image.image_id;
    let add = async |found: Option<Stored<Product>>| {
        let Some(found) = found else { return Ok(decided(None, Some(ImageFault::ProductNotFound))) };
        let awaited = products.upload(image_id, delivery.now).await?;
        let Some(awaited) = awaited.filter(|upload| upload.value.is_awaited()) else {
            return Ok(decided(None, None));
        };
        let product = match found.value.with_image(image.clone()) {
            Ok(product) => product,
            Err(fault) => return Ok(decided(None, Some(fault))),
        };
        let change = Change::to(product)
            .insert::<ProductChangeRow>(&record(upload, delivery))
            .update(changed(delivery.now))
            .replace::<ImageUploadRow>(&awaited, &awaited.value.done());
        Ok::<_, Failure>(decided(Some(change), None))
    };
    let key = product_key(upload.product_id);
    Ok(products.table.at::<ProductRow>(key).change(delivery, add).await?.answer)
}

fn decided(
    change: Option<Change<ProductRow, Failure>>,
    fault: Option<ImageFault>,
) -> store::Decision<ProductRow, Option<ImageFault>, Failure> {
    store::Decision::new(change, fault)
}

/// Returns the record of the change, which names the member of staff who announced the file.
fn record(upload: &ImageUpload, delivery: &Delivery<UploadEvent>) -> ProductChange {
    let milliseconds = u64::try_from(delivery.now.as_millisecond()).unwrap_or_default();
    let random = u128::from_str_radix(&digest(upload)[..20], 16).unwrap_or_default();
    ProductChange {
        change_id: ProductChangeId::from_parts(milliseconds, random),
        product_id: upload.product_id,
        fields: vec![ProductField::Images],
        changed_by: upload.announced_by,
        changed_at: delivery.now,
    }
}

/// Records why a file is not a picture of its product.
async fn refuse(
    products: &Products,
    delivery: &Delivery<UploadEvent>,
    image_id: ImageId,
    fault: ImageFault,
) -> Result<(), Failure> {
    tracing::warn!(%image_id, why = %fault, "the file is not a picture of the product");
    let refuse = async |found: Option<Stored<ImageUpload>>| {
        let awaited = found.filter(|found| found.value.is_awaited());
        let ended = awaited.map(|found| found.value.refused(fault));
        Ok::<_, Failure>(ended.map(Change::to))
    };
    products.table.at::<ImageUploadRow>(upload_key(image_id)).change(delivery, refuse).await?;
    Ok(())
}

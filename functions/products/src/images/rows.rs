//! Rows of the products table for uploads of pictures.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | upload | `IMAGE#<image>` | `IMAGE` |
//!
//! An upload is remembered for a day: for as long as the file may be in the bucket. What becomes of it is in the product.

use domain::catalogue::{ImageUpload, UPLOAD_KEPT};
use domain::words::id::ImageId;
use store::{Item, Key, Row};

/// The upload of a picture.
#[derive(Debug)]
pub struct ImageUploadRow;

impl Row for ImageUploadRow {
    type Value = ImageUpload;
    const KIND: &'static str = "image_upload";

    fn key(upload: &ImageUpload) -> Key {
        upload_key(upload.image_id)
    }

    fn place(upload: &ImageUpload, item: Item) -> Item {
        item.expires(upload.announced_at + UPLOAD_KEPT)
    }

    fn is_understood(upload: &ImageUpload) -> bool {
        upload.is_understood()
    }
}

/// Returns an upload's key.
#[must_use]
pub fn upload_key(id: ImageId) -> Key {
    Key::new(format!("IMAGE#{id}"), "IMAGE")
}

/// The folder of uploaded files, each of which is named after its picture.
pub const UPLOADS: &str = "uploads/";

/// Returns the key of a picture's uploaded file.
#[must_use]
pub fn upload_name(id: ImageId) -> String {
    format!("{UPLOADS}{id}")
}

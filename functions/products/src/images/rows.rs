//! Rows of the products table for uploads of pictures.
//!
//! | row | pk | sk | gsi1 (uploads that a product has no picture of; leftovers by the time at which they are deleted) |
//! |---|---|---|---|
//! | upload | `IMAGE#<image>` | `IMAGE` | `UPLOADS#<product>` / `<image>` |
//! | leftovers | `LEFTOVERS#<change>` | `LEFTOVERS` | `LEFTOVERS#<shard>` / `<due_at>#<change>` |
//!
//! An upload is remembered for a day: for as long as the file may be in the bucket. Then it is a picture of the product, or lost.

use domain::catalogue::{ImageUpload, Leftovers, UPLOAD_KEPT, UploadState};
use domain::words::id::{ImageId, ProductChangeId, ProductId};
use store::{DueIndex, Item, Key, Row};

/// Index of leftovers by the time at which they are deleted.
pub const LEFTOVERS: DueIndex = DueIndex::new(1, "LEFTOVERS");

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
        let item = item.expires(upload.announced_at + UPLOAD_KEPT);
        match upload.state {
            UploadState::Done => item,
            UploadState::Awaiting | UploadState::Refused | UploadState::Unknown => {
                item.indexed(1, uploads(upload.product_id), upload.image_id.to_string())
            }
        }
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

/// Returns the index partition of the uploads for a product, which sort by the time of their announcement.
#[must_use]
pub fn uploads(product_id: ProductId) -> String {
    format!("UPLOADS#{product_id}")
}

/// The files of removed pictures.
#[derive(Debug)]
pub struct LeftoversRow;

impl Row for LeftoversRow {
    type Value = Leftovers;
    const KIND: &'static str = "leftovers";

    fn key(leftovers: &Leftovers) -> Key {
        leftovers_key(leftovers.change_id)
    }

    fn place(leftovers: &Leftovers, item: Item) -> Item {
        LEFTOVERS.enter(item, &leftovers.change_id.to_string(), leftovers.due_at)
    }
}

/// Returns the key of what a change of a product has left.
#[must_use]
pub fn leftovers_key(id: ProductChangeId) -> Key {
    Key::new(format!("LEFTOVERS#{id}"), "LEFTOVERS")
}

/// The folder of uploaded files, each of which is named after its picture.
pub const UPLOADS: &str = "uploads/";

/// Returns the key of a picture's uploaded file.
#[must_use]
pub fn upload_name(id: ImageId) -> String {
    format!("{UPLOADS}{id}")
}

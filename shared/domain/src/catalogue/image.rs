//! Pictures of a product: uploaded by staff, checked and resized, then shown in an order that staff choose.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use nutype::nutype;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalogue::{Product, ProductRefusal};
use crate::words::id::{ImageId, ProductId, UserId};
use crate::words::is_one_line;

/// What a picture shows, for those who do not see it. Empty for one that only decorates.
#[nutype(
    sanitize(trim),
    validate(len_char_max = 300, predicate = |text| text.is_empty() || is_one_line(text)),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct AltText(String);

/// The SHA-256 of a file: 64 hexadecimal digits in lower case.
#[nutype(
    validate(predicate = is_sha256),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct FileHash(String);

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

impl FileHash {
    /// Returns the 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let digit = |byte: u8| if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' + 10 };
        self.as_ref().as_bytes().chunks_exact(2).map(|pair| (digit(pair[0]) << 4) | digit(pair[1])).collect()
    }
}

/// Maximum size of an uploaded file.
pub const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;

/// Maximum number of pictures of a product.
pub const MAX_IMAGES: usize = 20;

/// Maximum width and height of an uploaded picture.
pub const MAX_IMAGE_SIDE: u32 = 8_000;

/// The widths that a picture is shown in. One that is narrower is never enlarged.
pub const IMAGE_WIDTHS: [u32; 3] = [320, 960, 1_920];

/// How long a file can be uploaded after it was announced.
pub const UPLOAD_TIME: SignedDuration = SignedDuration::from_mins(10);

/// How long the upload of a file is remembered.
pub const UPLOAD_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A format that pictures are uploaded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ImageType {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
    /// Written by a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl ImageType {
    /// Returns the media type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Unknown => "application/octet-stream",
        }
    }
}

/// A picture of a product. All its sizes are JPEG, have no metadata, and never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Image {
    /// Its id.
    pub image_id: ImageId,
    /// The path of its largest size at the shop's address: `/images/prd_…/0123456789abcdef-1920.jpg`. Another size has another of
    /// the `widths` before `.jpg`.
    pub url: String,
    /// What it shows, for those who do not see it.
    pub alt: AltText,
    /// The width of its largest size, in pixels.
    pub width: u32,
    /// The height of its largest size, in pixels.
    pub height: u32,
    /// The widths of its sizes, in pixels, from the smallest to the largest.
    pub widths: Vec<u32>,
}

/// A picture in the order that staff choose, with its text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageEdit {
    /// The picture.
    pub image_id: ImageId,
    /// What it shows, for those who do not see it.
    pub alt: AltText,
}

/// What becomes of an uploaded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// It was not uploaded yet, or not looked at.
    Awaiting,
    /// It is a picture of the product.
    Done,
    /// It cannot be a picture of the product.
    Refused,
    /// Written by a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// Why an uploaded file is not a picture of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImageFault {
    /// Its content is of another type than announced.
    #[error("image_type")]
    ImageType,
    /// It is wider or higher than [`MAX_IMAGE_SIDE`].
    #[error("image_dimensions")]
    ImageDimensions,
    /// It has more than one picture.
    #[error("image_animated")]
    ImageAnimated,
    /// It cannot be read to its end.
    #[error("image_broken")]
    ImageBroken,
    /// It is so small that none of its sizes would be smaller.
    #[error("image_too_small")]
    ImageTooSmall,
    /// The product has [`MAX_IMAGES`] already.
    #[error("too_many_images")]
    TooManyImages,
    /// The product is gone.
    #[error("product_not_found")]
    ProductNotFound,
    /// A reason that only a newer version knows.
    #[error("unknown")]
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// Staff's announcement of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewImage {
    /// Its type, which its content must be of.
    #[serde(deserialize_with = "known_type")]
    pub content_type: ImageType,
    /// Its length, up to 10 MiB.
    #[serde(deserialize_with = "at_least_one")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub bytes: u64,
    /// The SHA-256 of its content: 64 hexadecimal digits in lower case.
    pub sha256: FileHash,
    /// What it shows, for those who do not see it.
    pub alt: AltText,
}

/// Reads the type of a request. A stored one may be of a newer version; a requested one may not.
fn known_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ImageType, D::Error> {
    match ImageType::deserialize(deserializer)? {
        ImageType::Unknown => Err(D::Error::custom("expected `image/jpeg`, `image/png` or `image/webp`")),
        known => Ok(known),
    }
}

pub(super) fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        0 => Err(D::Error::custom("expected at least 1")),
        bytes => Ok(bytes),
    }
}

/// The upload of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageUpload {
    /// The picture that it becomes.
    pub image_id: ImageId,
    /// The product.
    pub product_id: ProductId,
    /// The file's type.
    pub content_type: ImageType,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its content.
    pub sha256: FileHash,
    /// What it shows.
    pub alt: AltText,
    /// What has become of it.
    pub state: UploadState,
    /// Why it was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<ImageFault>,
    /// Who has announced it.
    pub announced_by: UserId,
    /// When.
    pub announced_at: Timestamp,
}

impl ImageUpload {
    /// Returns whether the file was not looked at yet.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.state == UploadState::Awaiting
    }

    /// Returns whether this version knows the upload's state and type.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.state != UploadState::Unknown && self.content_type != ImageType::Unknown
    }

    /// Returns the upload of a file that has become a picture.
    #[must_use]
    pub fn done(&self) -> Self {
        Self { state: UploadState::Done, ..self.clone() }
    }

    /// Returns the upload of a file that is not a picture of the product.
    #[must_use]
    pub fn refused(&self, why: ImageFault) -> Self {
        Self { state: UploadState::Refused, why: Some(why), ..self.clone() }
    }
}

impl Product {
    /// Announces the file of a new picture.
    ///
    /// # Errors
    /// If it is too large, or the product has as many pictures as it may have.
    pub fn announce_image(
        &self,
        image_id: ImageId,
        file: NewImage,
        by: UserId,
        now: Timestamp,
    ) -> Result<ImageUpload, ProductRefusal> {
        if file.bytes > MAX_IMAGE_BYTES {
            return Err(ProductRefusal::ImageTooLarge);
        }
        if self.images.len() >= MAX_IMAGES {
            return Err(ProductRefusal::TooManyImages);
        }
        let NewImage { content_type, bytes, sha256, alt } = file;
        Ok(ImageUpload {
            image_id,
            product_id: self.product_id,
            content_type,
            bytes,
            sha256,
            alt,
            state: UploadState::Awaiting,
            why: None,
            announced_by: by,
            announced_at: now,
        })
    }

    /// Adds a picture after the others.
    ///
    /// # Errors
    /// If the product has as many as it may have.
    pub fn with_image(&self, image: Image) -> Result<Self, ImageFault> {
        if self.images.len() >= MAX_IMAGES {
            return Err(ImageFault::TooManyImages);
        }
        let mut product = self.clone();
        product.images.push(image);
        Ok(product)
    }

    /// Returns the product's pictures in another order, with their texts; those that are not named are left out.
    pub(super) fn arranged(&self, edits: Vec<ImageEdit>) -> Result<Vec<Image>, ProductRefusal> {
        let mut seen = BTreeSet::new();
        let arranged = edits.into_iter().map(|ImageEdit { image_id, alt }| {
            let found = self.images.iter().find(|image| image.image_id == image_id);
            let found = found.filter(|_| seen.insert(image_id));
            let image = found.ok_or(ProductRefusal::UnknownImage(image_id))?;
            Ok(Image { alt, ..image.clone() })
        });
        arranged.collect()
    }
}

#[cfg(test)]
mod tests;

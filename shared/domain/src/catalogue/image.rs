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
    Unknown,
}

/// Why an uploaded file is not a picture of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
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

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{ProductEdit, ProductField, ProductStatus};

    fn image(number: u128) -> Image {
        Image {
            image_id: ImageId::from_parts(0, number),
            url: format!("/images/{number}.jpg"),
            alt: AltText::try_new(format!("Picture {number}")).unwrap(),
            width: 320,
            height: 200,
            widths: vec![320],
        }
    }

    fn product(images: u128) -> Product {
        Product {
            product_id: ProductId::from_parts(0, 1),
            title: crate::words::goods::Title::try_new("Cup").unwrap(),
            description: crate::words::goods::Description::try_new("").unwrap(),
            slug: "cup".parse().unwrap(),
            category: "kitchen".parse().unwrap(),
            variants: Vec::new(),
            images: (0..images).map(image).collect(),
            status: ProductStatus::Draft,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn file(bytes: u64) -> NewImage {
        NewImage {
            content_type: ImageType::Png,
            bytes,
            sha256: FileHash::try_new("0a".repeat(32)).unwrap(),
            alt: AltText::try_new("A cup").unwrap(),
        }
    }

    #[test]
    fn a_file_that_is_too_large_or_one_too_many_is_refused() {
        let announce = |images, bytes| {
            let by = UserId::from_parts(0, 1);
            product(images).announce_image(ImageId::from_parts(0, 9), file(bytes), by, Timestamp::UNIX_EPOCH)
        };
        assert!(announce(19, MAX_IMAGE_BYTES).is_ok());
        assert_eq!(announce(19, MAX_IMAGE_BYTES + 1), Err(ProductRefusal::ImageTooLarge));
        assert_eq!(announce(20, 1), Err(ProductRefusal::TooManyImages));
        assert_eq!(product(20).with_image(image(20)), Err(ImageFault::TooManyImages));
        assert_eq!(product(19).with_image(image(19)).unwrap(), product(20));
    }

    #[test]
    fn a_hash_is_64_digits_and_an_alternative_text_is_one_line() {
        assert_eq!(file(1).sha256.bytes(), [10_u8; 32]);
        for text in ["", "0A", &"0A".repeat(32), &"0g".repeat(32), &"00".repeat(33)] {
            assert!(FileHash::try_new(text.to_owned()).is_err(), "{text}");
        }
        assert!(AltText::try_new("a\nb").is_err() && AltText::try_new("x".repeat(301)).is_err());
        assert_eq!(AltText::try_new(" ").unwrap().to_string(), "");
    }

    #[test]
    fn an_upload_says_in_its_row_what_has_become_of_it() {
        let by = UserId::from_parts(0, 1);
        let id = ImageId::from_parts(0, 9);
        let upload = product(0).announce_image(id, file(7), by, Timestamp::UNIX_EPOCH).unwrap();
        let refused = upload.refused(ImageFault::ImageType);
        for (upload, state, why) in
            [(upload.clone(), "awaiting", serde_json::Value::Null), (refused, "refused", "image_type".into())]
        {
            let row = serde_json::to_value(&upload).unwrap();
            assert_eq!((&row["state"], &row["why"]), (&state.into(), &why));
            assert_eq!(serde_json::from_value::<ImageUpload>(row).unwrap(), upload);
        }
        let request =
            serde_json::json!({ "content_type": "image/gif", "bytes": 1, "sha256": "00", "alt": "" });
        assert!(serde_json::from_value::<NewImage>(request).is_err());
    }

    fn arrange(edits: Vec<ImageEdit>) -> Result<Option<crate::catalogue::EditedProduct>, ProductRefusal> {
        product(3).edit(ProductEdit { images: Some(edits), ..ProductEdit::default() })
    }

    fn edit(number: u128, alt: &str) -> ImageEdit {
        ImageEdit { image_id: ImageId::from_parts(0, number), alt: AltText::try_new(alt).unwrap() }
    }

    #[test]
    fn a_picture_of_another_product_or_named_twice_is_unknown() {
        for edits in [vec![edit(7, "")], vec![edit(1, ""), edit(1, "")]] {
            let last = edits[edits.len() - 1].image_id;
            assert_eq!(arrange(edits), Err(ProductRefusal::UnknownImage(last)));
        }
    }

    proptest! {
        #[test]
        fn pictures_are_in_the_order_and_with_the_texts_of_the_edit(
            numbers in prop::sample::subsequence(vec![0_u128, 1, 2], 0..=3).prop_shuffle(),
        ) {
            let edits: Vec<_> = numbers.iter().map(|number| edit(*number, "new")).collect();
            let edited = arrange(edits).unwrap().unwrap();
            prop_assert_eq!(edited.fields, vec![ProductField::Images]);
            prop_assert!(edited.listings.is_empty());
            let expected: Vec<_> = numbers.iter().map(|number| Image {
                alt: AltText::try_new("new").unwrap(),
                ..image(*number)
            }).collect();
            prop_assert_eq!(edited.product.images, expected);
        }
    }
}

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
        attributes: crate::catalogue::Attributes::default(),
        manufacturer: None,
        responsible_person: None,
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
    let request = serde_json::json!({ "content_type": "image/gif", "bytes": 1, "sha256": "00", "alt": "" });
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

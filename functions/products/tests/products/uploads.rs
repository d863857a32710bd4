//! What staff learn about files that are not pictures of a product: from `add-image` and `show-product`.

use domain::catalogue::{ImageFault, UploadState};
use edge::NoBody;
use image::ImageFormat;
use products::catalogue::show_product;
use products::catalogue::show_product::ShownUpload;

use super::images::{Gallery, announced, gallery, picture};
use super::*;

impl Gallery {
    async fn uploads_at(&self, at: Timestamp) -> Vec<ShownUpload> {
        let call = Call::new(staff(), NoBody, at).with_path("product_id", self.product.to_string());
        show_product(self.shop.products.clone(), call).await.unwrap().body().unwrap().uploads.clone()
    }
}

#[tokio::test]
async fn a_repeated_announcement_has_a_url_until_the_file_was_looked_at_and_then_what_became_of_it() {
    let gallery = gallery().await;
    let png = picture(100, 50, ImageFormat::Png);
    for (content_type, state, why) in [
        ("image/png", UploadState::Done, None),
        ("image/jpeg", UploadState::Refused, Some(ImageFault::ImageType)),
    ] {
        let image = gallery.upload(&png, content_type, content_type).await;
        let again = async || gallery.announce(announced(&png, content_type), content_type).await.unwrap();
        let awaited = again().await;
        assert_eq!((awaited.image_id, awaited.state, awaited.why), (image, UploadState::Awaiting, None));
        assert!(awaited.upload.is_some());
        gallery.finish(image).await;
        let ended = again().await;
        assert_eq!((ended.image_id, ended.state, ended.why, ended.upload), (image, state, why, None));
    }
}

#[tokio::test]
async fn a_product_shows_files_that_are_awaited_or_were_refused_for_a_day_and_no_pictures() {
    let gallery = gallery().await;
    assert_eq!(gallery.uploads_at(now()).await, []);
    let png = picture(100, 50, ImageFormat::Png);
    let refused = gallery.upload(&png, "image/jpeg", "refused").await;
    gallery.finish(refused).await;
    let awaited = gallery.announce(announced(&png, "image/png"), "awaited").await.unwrap().image_id;
    gallery.add(1).await;
    let mut shown = gallery.uploads_at(now()).await;
    shown.sort_by_key(|upload| upload.why.is_some());
    let told: Vec<_> = shown.iter().map(|upload| (upload.image_id, upload.state, upload.why)).collect();
    let expected = [
        (awaited, UploadState::Awaiting, None),
        (refused, UploadState::Refused, Some(ImageFault::ImageType)),
    ];
    assert_eq!(told, expected);
    assert_eq!((shown[0].alt.as_ref(), shown[0].announced_at), ("Two cups", now()));
    let day = SignedDuration::from_hours(24);
    assert_eq!(gallery.uploads_at(now() + day - SignedDuration::from_secs(1)).await.len(), 2);
    assert_eq!(gallery.uploads_at(now() + day).await, []);
}

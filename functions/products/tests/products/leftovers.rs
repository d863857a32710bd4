//! `delete-images`: the files of pictures that were removed.

use domain::catalogue::REMOVED_KEPT;
use domain::words::id::ImageId;
use image::ImageFormat;
use products::images::delete_images;

use super::images::{Gallery, gallery, picture};
use super::*;

impl Gallery {
    /// Leaves only these pictures.
    async fn keep(&self, images: &[ImageId]) {
        let kept = images.iter().map(|image| json!({ "image_id": image, "alt": "" }));
        let patch = json!({ "images": kept.collect::<Vec<_>>() });
        self.shop.update(self.product, patch, "*").await.unwrap();
    }

    async fn delete_at(&self, at: Timestamp) -> Result<(), Failure> {
        let tick = Tick::new(at, Cause::new("schedule"));
        delete_images((self.shop.products.clone(), self.bucket.clone()), tick).await
    }

    /// Returns the names of all files of the product's pictures.
    async fn files(&self) -> Vec<String> {
        let images = self.images().await.into_iter();
        images
            .flat_map(|image| {
                let stem = image.url.trim_start_matches('/').replace(&format!("-{}.jpg", image.width), "");
                image.widths.into_iter().map(move |width| format!("{stem}-{width}.jpg"))
            })
            .collect()
    }

    async fn are_there(&self, files: &[String]) -> Vec<bool> {
        let mut there = Vec::new();
        for file in files {
            there.push(self.bucket.get(file).await.unwrap().is_some());
        }
        there
    }
}

#[tokio::test]
async fn the_files_of_a_removed_picture_are_deleted_after_30_days_and_those_of_others_stay() {
    let gallery = gallery().await;
    let (first, second) = (gallery.add(300).await, gallery.add(301).await);
    let both = gallery.files().await;
    assert_eq!(both.len(), 4, "{both:?}");
    gallery.keep(&[second]).await;
    let kept = gallery.files().await;
    gallery.delete_at(now() + REMOVED_KEPT - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(gallery.are_there(&both).await, [true; 4], "pages in caches may show it");
    for _ in 0..2 {
        gallery.delete_at(now() + REMOVED_KEPT).await.unwrap();
        let expected: Vec<bool> = both.iter().map(|file| kept.contains(file)).collect();
        assert_eq!(gallery.are_there(&both).await, expected);
    }
    assert_eq!(gallery.images().await[0].image_id, second);
    assert_ne!(first, second);
}

#[tokio::test]
async fn the_same_file_added_again_is_another_picture_whose_files_stay() {
    let gallery = gallery().await;
    let file = picture(400, 200, ImageFormat::Png);
    let first = gallery.upload(&file, "image/png", "first").await;
    gallery.finish(first).await;
    let old = gallery.files().await;
    gallery.keep(&[]).await;
    let second = gallery.upload(&file, "image/png", "second").await;
    gallery.finish(second).await;
    let new = gallery.files().await;
    gallery.delete_at(now() + REMOVED_KEPT).await.unwrap();
    assert_eq!(
        (gallery.are_there(&old).await, gallery.are_there(&new).await),
        (vec![false; 2], vec![true; 2])
    );
}

#[tokio::test]
async fn another_order_or_text_of_pictures_leaves_nothing_to_delete() {
    let gallery = gallery().await;
    let (first, second) = (gallery.add(1).await, gallery.add(2).await);
    gallery.keep(&[second, first]).await;
    gallery.delete_at(now() + REMOVED_KEPT).await.unwrap();
    let files = gallery.files().await;
    assert_eq!(gallery.are_there(&files).await, [true; 2]);
}

#[tokio::test]
async fn deletion_keeps_to_its_budget() {
    let gallery = gallery().await;
    gallery.add(300).await;
    let used = || gallery.shop.engine.used();
    used();
    gallery.delete_at(now()).await.unwrap();
    insta::assert_snapshot!(used(), @"2 read, 0 written: 4 Query");
    gallery.keep(&[]).await;
    insta::assert_snapshot!(used(), @r#"
    1 read, 13 written: GetItem, TransactWriteItems
    "#);
    gallery.delete_at(now() + REMOVED_KEPT).await.unwrap();
    insta::assert_snapshot!(used(), @r#"
    3 read, 3 written: GetItem, 4 Query, TransactWriteItems, 2 s3:DeleteObject
    "#);
}

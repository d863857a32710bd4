//! `add-image`, `finish-image`, and the pictures of `update-product`.

use std::io::Cursor;

use domain::catalogue::{Image, ImageFault, ImageUpload, NewImage, ProductField, UploadState};
use domain::words::id::ImageId;
use domain::words::sha256;
use edge::queue::Content;
use edge::{Anyone, NoBody, Reply};
use http::{HeaderMap, Method};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use products::catalogue::rows::ProductChange;
use products::catalogue::{get_product, list_products};
use products::files::{Bucket, UploadEvent};
use products::images::add_image::AddedImage;
use products::images::{add_image, finish_image};
use store::{Index, Page, Query, Stored};

use super::*;

const BUCKET: &str = "bodega-images";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A shop with a product without pictures, and a bucket.
pub(super) struct Gallery {
    pub(super) shop: Shop,
    pub(super) bucket: Bucket,
    pub(super) product: ProductId,
}

pub(super) async fn gallery() -> Gallery {
    let shop = shop().await;
    let product = shop.create(cups()).await.unwrap().product_id;
    let url = shop.engine.bucket(BUCKET).await;
    let credentials = aws_credential_types::Credentials::new("operator", "secret", None, None, "test");
    let bucket = Bucket::at(&url, "eu-west-1", credentials).unwrap();
    Gallery { shop, bucket, product }
}

pub(super) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let shade = |x: u32, y: u32| {
        let mixed = x.wrapping_mul(374_761_393).wrapping_add(y.wrapping_mul(668_265_263));
        let noise = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177) >> 24;
        Rgb([0, 1, 3].map(|bits| (x * 200 / width + ((noise >> bits) & 31)) as u8))
    };
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::from_fn(width, height, shade)).write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub(super) fn announced(file: &[u8], content_type: &str) -> Value {
    json!({ "content_type": content_type, "bytes": file.len(), "sha256": sha256::hex(file), "alt": "Two cups" })
}

impl Gallery {
    async fn announce_for(&self, id: &str, body: Value, key: &str) -> Result<Reply<AddedImage>, Problem> {
        let call = Call::new(staff(), parsed::<NewImage>(body), now())
            .with_path("product_id", id)
            .with_header("idempotency-key", key);
        add_image((self.shop.products.clone(), self.bucket.clone()), call).await
    }

    pub(super) async fn announce(&self, body: Value, key: &str) -> Result<AddedImage, Problem> {
        let reply = self.announce_for(&self.product.to_string(), body, key).await?;
        Ok(reply.body().unwrap().clone())
    }

    /// Announces a file and uploads it.
    pub(super) async fn upload(&self, file: &[u8], content_type: &str, key: &str) -> ImageId {
        let added = self.announce(announced(file, content_type), key).await.unwrap();
        self.bucket.put_unchanging(&format!("uploads/{}", added.image_id), content_type, file).await.unwrap();
        added.image_id
    }

    async fn finish_at(&self, image: &str, at: Timestamp) -> Result<(), Failure> {
        let delivery = Delivery::new(uploaded(image), at);
        finish_image((self.shop.products.clone(), self.bucket.clone()), delivery).await
    }

    pub(super) async fn finish(&self, image: ImageId) {
        self.finish_at(&image.to_string(), now()).await.unwrap();
    }

    pub(super) async fn add(&self, number: u32) -> ImageId {
        let file = picture(100 + number, 50, ImageFormat::Png);
        let image = self.upload(&file, "image/png", &format!("k{number}")).await;
        self.finish(image).await;
        image
    }

    pub(super) async fn images(&self) -> Vec<Image> {
        self.shop.products.product(self.product).await.unwrap().unwrap().value.images
    }

    async fn upload_of(&self, image: ImageId) -> Option<ImageUpload> {
        self.shop.products.upload(image, now()).await.unwrap().map(|found| found.value)
    }

    /// Returns why a file was refused; `None` if it was not.
    async fn refusal_of(&self, image: ImageId) -> Option<ImageFault> {
        let upload = self.upload_of(image).await?;
        upload.why.filter(|_| upload.state == UploadState::Refused)
    }

    async fn changes(&self) -> Vec<ProductChange> {
        let changes = Query::new(Index::Table, format!("PRODUCT#{}", self.product)).prefix("CHANGE#");
        let page: Page<Stored<ProductChange>> = self.shop.table.query(&changes).await.unwrap();
        page.items.into_iter().map(|found| found.value).collect()
    }
}

/// What S3 reports about an upload.
fn uploaded(image: &str) -> UploadEvent {
    let event = uploaded_to(BUCKET, &format!("uploads/{image}"));
    UploadEvent::parse(&event.to_string()).unwrap()
}

#[tokio::test]
async fn an_announced_file_gets_a_url_for_exactly_that_file() {
    let gallery = gallery().await;
    let body = announced(b"picture", "image/webp");
    let added = gallery.announce(body.clone(), "k").await.unwrap();
    let (image, upload) = (added.image_id, added.upload.unwrap());
    assert_eq!((added.state, added.why), (UploadState::Awaiting, None));
    assert!(upload.url.contains(&format!("/{BUCKET}/uploads/{image}?")), "{}", upload.url);
    let signed = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bx-amz-checksum-sha256";
    assert!(upload.url.contains(signed) && upload.url.contains("X-Amz-Expires=600"), "{}", upload.url);
    assert_eq!((&*upload.method, upload.expires_at), ("PUT", now() + SignedDuration::from_mins(10)));
    let headers: Vec<_> = upload.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(headers[..2], [("content-length", "7"), ("content-type", "image/webp")]);
    assert_eq!(headers[2], ("x-amz-checksum-sha256", "LOonTQvtw57Eq2up5Z7IiePtb7VqHPCIpk2bODN43Jc="));
    assert_eq!(gallery.upload_of(image).await.unwrap().state, UploadState::Awaiting);
    assert!(gallery.shop.acted().await.contains(&format!("add-image {}", gallery.product)));
    assert_eq!(gallery.announce(body, "k").await.unwrap().image_id, image, "the same request again");
    let other = gallery.announce(announced(b"another", "image/webp"), "k").await.unwrap_err();
    assert_eq!((other.status().as_u16(), other.code()), (422, "idempotency_key_reused"));
}

#[tokio::test]
async fn a_file_that_cannot_be_a_picture_of_the_product_is_refused() {
    let gallery = gallery().await;
    let refusal = async |id: &str, bytes: u64, key: &str| {
        let mut body = announced(b"picture", "image/png");
        body["bytes"] = bytes.into();
        let problem = gallery.announce_for(id, body, key).await.unwrap_err();
        (problem.status().as_u16(), problem.code().to_owned())
    };
    let id = gallery.product.to_string();
    assert_eq!(
        refusal("prd_01KAR8J3YT5QZ8W2N6V4C1D7EH", 7, "a").await,
        (404, "product_not_found".to_owned())
    );
    assert_eq!(refusal("cups", 7, "a").await, (404, "not_found".to_owned()));
    assert_eq!(refusal(&id, 10 * 1024 * 1024 + 1, "b").await, (422, "image_too_large".to_owned()));
    assert_eq!(refusal(&id, 7, "").await, (400, "idempotency_key_invalid".to_owned()));
    for number in 0..20 {
        gallery.add(number).await;
    }
    assert_eq!(refusal(&id, 7, "c").await, (409, "too_many_images".to_owned()));
}

#[tokio::test]
async fn an_uploaded_file_becomes_a_picture_of_its_product_once() {
    let gallery = gallery().await;
    let file = picture(1_000, 500, ImageFormat::Png);
    let image = gallery.upload(&file, "image/png", "k").await;
    for _ in 0..2 {
        gallery.finish(image).await;
    }
    let [shown] = &gallery.images().await[..] else { panic!("one picture") };
    let hash = sha256::hex(format!("{image} {}", sha256::hex(&file)));
    let folder = format!("images/{}/{}", gallery.product, &hash[..16]);
    assert_eq!((shown.image_id, &shown.url), (image, &format!("/{folder}-1000.jpg")));
    assert_eq!((shown.width, shown.height, &shown.widths[..]), (1_000, 500, &[320, 960, 1_000][..]));
    assert_eq!(shown.alt.as_ref(), "Two cups");
    for width in &shown.widths {
        let endpoint = gallery.shop.engine.endpoint();
        let object =
            endpoint.object(BUCKET, &format!("{folder}-{width}.jpg"), Method::GET, HeaderMap::new()).await;
        assert_eq!(object.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(object.headers()["content-type"], "image/jpeg");
        assert!(object.body().len() < file.len());
        assert_eq!(image::load_from_memory(object.body()).unwrap().width(), *width);
    }
    assert_eq!(gallery.bucket.get(&format!("uploads/{image}")).await.unwrap(), None, "the file is removed");
    assert_eq!(gallery.upload_of(image).await.unwrap().state, UploadState::Done);
    let [change] = &gallery.changes().await[..] else { panic!("one change") };
    assert_eq!((&change.fields[..], change.changed_by), (&[ProductField::Images][..], staff().0.user_id));
    let call = Call::new(Anyone, NoBody, now()).with_path("product_id", "espresso-cup");
    let public = get_product(gallery.shop.products.clone(), call).await.unwrap();
    assert_eq!(public.body().unwrap().images[..], std::slice::from_ref(shown)[..]);
    let call = Call::new(Anyone, NoBody, now()).with_query("").unwrap();
    let listed = list_products(gallery.shop.products.clone(), call).await.unwrap();
    assert_eq!(listed.body().unwrap().items[0].images[..], std::slice::from_ref(shown)[..]);
}

#[tokio::test]
async fn a_file_that_is_not_what_was_announced_is_refused_and_removed() {
    let gallery = gallery().await;
    let png = picture(100, 50, ImageFormat::Png);
    for (file, content_type, fault) in [
        (&png[..], "image/jpeg", ImageFault::ImageType),
        (&png[..png.len() - 5], "image/png", ImageFault::ImageBroken),
        (&b"<svg><script>alert(1)</script></svg>"[..], "image/png", ImageFault::ImageType),
        (&picture(8_001, 1, ImageFormat::Png), "image/png", ImageFault::ImageDimensions),
    ] {
        let image = gallery.upload(file, content_type, &file.len().to_string()).await;
        gallery.finish(image).await;
        assert_eq!(gallery.refusal_of(image).await, Some(fault));
        assert_eq!(gallery.bucket.get(&format!("uploads/{image}")).await.unwrap(), None);
        gallery.finish(image).await;
    }
    assert_eq!(gallery.images().await, []);
    assert_eq!(gallery.changes().await, []);
}

#[tokio::test]
async fn an_object_that_nobody_has_announced_is_ignored_and_one_that_is_not_there_is_waited_for() {
    let gallery = gallery().await;
    gallery.finish_at("img_01KAR8J3YT5QZ8W2N6V4C1D7EF", now()).await.unwrap();
    gallery.finish_at("holiday.jpg", now()).await.unwrap();
    let added = gallery.announce(announced(b"picture", "image/png"), "k").await.unwrap();
    gallery.finish(added.image_id).await;
    assert_eq!(gallery.upload_of(added.image_id).await.unwrap().state, UploadState::Awaiting);
    assert_eq!(gallery.images().await, []);
}

#[tokio::test]
async fn an_upload_in_a_state_of_a_newer_version_waits_for_that_version() {
    let gallery = gallery().await;
    let file = picture(100, 50, ImageFormat::Png);
    let image = gallery.upload(&file, "image/png", "k").await;
    let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
    let engine = &gallery.shop.engine;
    let update = engine.client().update_item().table_name(engine.name());
    let update = update.key("pk", text(&format!("IMAGE#{image}"))).key("sk", text("IMAGE"));
    let update = update.update_expression("SET #s = :s").expression_attribute_names("#s", "state");
    update.expression_attribute_values(":s", text("inspected")).send().await.unwrap();
    let failure = gallery.finish_at(&image.to_string(), now()).await.unwrap_err();
    assert!(failure.to_string().contains("newer version"), "{failure}");
    assert!(gallery.bucket.get(&format!("uploads/{image}")).await.unwrap().is_some(), "the file is kept");
}

#[tokio::test]
async fn an_upload_that_is_never_made_is_forgotten_after_a_day() {
    let gallery = gallery().await;
    let file = picture(100, 50, ImageFormat::Png);
    let image = gallery.upload(&file, "image/png", "k").await;
    let of = async |at| gallery.shop.products.upload(image, at).await.unwrap();
    assert!(of(now() + DAY - SignedDuration::from_secs(1)).await.is_some());
    assert!(of(now() + DAY).await.is_none());
    gallery.finish_at(&image.to_string(), now() + DAY).await.unwrap();
    assert_eq!(gallery.images().await, []);
}

#[tokio::test]
async fn the_21st_picture_is_refused_even_if_it_was_announced_as_the_20th() {
    let gallery = gallery().await;
    for number in 0..19 {
        gallery.add(number).await;
    }
    let mut last = Vec::new();
    for number in 19..21 {
        let file = picture(100 + number, 50, ImageFormat::Png);
        last.push(gallery.upload(&file, "image/png", &format!("k{number}")).await);
    }
    for image in &last {
        gallery.finish(*image).await;
    }
    assert_eq!(gallery.images().await.len(), 20);
    assert_eq!(gallery.refusal_of(last[1]).await, Some(ImageFault::TooManyImages));
}

#[tokio::test]
async fn staff_order_describe_and_remove_pictures() {
    let gallery = gallery().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(gallery.add(number).await);
    }
    let named = |names: &[(ImageId, &str)]| {
        let names = names.iter().map(|(image, alt)| json!({ "image_id": image, "alt": alt }));
        json!({ "images": names.collect::<Vec<_>>() })
    };
    let patch = named(&[(ids[2], "From above"), (ids[0], "")]);
    let reply = gallery.shop.update(gallery.product, patch, "*").await.unwrap();
    let images = &reply.body().unwrap().images;
    let kept: Vec<_> = images.iter().map(|image| (image.image_id, image.alt.as_ref())).collect();
    assert_eq!(kept, [(ids[2], "From above"), (ids[0], "")]);
    for unknown in [named(&[(ids[1], "")]), named(&[(ids[0], ""), (ids[0], "")])] {
        let problem = gallery.shop.update(gallery.product, unknown, "*").await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (422, "unknown_image"));
    }
    gallery.shop.update(gallery.product, json!({ "images": [] }), "*").await.unwrap();
    assert_eq!(gallery.images().await, []);
    assert!(gallery.shop.acted().await.contains(&format!("update-product {}", gallery.product)));
}

#[tokio::test]
async fn pictures_keep_to_their_budget() {
    let gallery = gallery().await;
    let used = || gallery.shop.engine.used();
    used();
    let file = picture(400, 200, ImageFormat::Png);
    let body = announced(&file, "image/png");
    let image = gallery.announce(body.clone(), "k").await.unwrap().image_id;
    insta::assert_snapshot!(used(), @"2 read, 7 written: 2 GetItem, TransactWriteItems");
    gallery.announce(body, "k").await.unwrap();
    insta::assert_snapshot!(used(), @"2 read, 0 written: 2 GetItem");
    gallery.bucket.put_unchanging(&format!("uploads/{image}"), "image/png", &file).await.unwrap();
    used();
    gallery.finish(image).await;
    insta::assert_snapshot!(used(), @"3 read, 11 written: 3 GetItem, TransactWriteItems, s3:DeleteObject, s3:GetObject, 2 s3:PutObject");
    gallery.finish(image).await;
    insta::assert_snapshot!(used(), @"1 read, 0 written: GetItem, s3:DeleteObject");
    let wrong = gallery.upload(&file, "image/jpeg", "l").await;
    used();
    gallery.finish(wrong).await;
    insta::assert_snapshot!(used(), @"2 read, 2 written: 2 GetItem, PutItem, s3:DeleteObject, s3:GetObject");
}

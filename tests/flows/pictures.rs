//! Staff give a product pictures, from a browser.

use image::ImageFormat;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tests::picture::{announcement, draw};
use tests::upload::{report, upload};
use tests::{Customer, Shop};

const PRODUCT: &str = "/products/espresso-cup";

async fn path_of_images(shop: &Shop) -> String {
    let product = shop.client().get(shop.at(PRODUCT)).send().await.expect("a reply");
    let product: Value = product.json().await.expect("JSON");
    format!("/admin/catalogue/products/{}/images", product["product_id"].as_str().expect("an id"))
}

async fn announce(admin: &Customer<'_>, path: &str, file: &[u8], content_type: &str, key: &str) -> Value {
    let announced = admin.post(path, key, &announcement(file, content_type)).await;
    assert_eq!(announced.status, 201, "{announced:?}");
    announced.body
}

async fn images(shop: &Shop) -> Vec<Value> {
    let product = shop.send(shop.client().get(shop.at(PRODUCT))).await.body;
    product["images"].as_array().cloned().unwrap_or_default()
}

/// Returns the state of an upload, and why it was refused.
async fn state(shop: &Shop, announced: &Value) -> (String, String) {
    let rows = shop.rows("products", "image_upload").await;
    let row = rows.into_iter().find(|row| row["image_id"]["S"] == announced["image_id"]).expect("the row");
    let text = |name: &str| row[name]["S"].as_str().unwrap_or_default().to_owned();
    (text("state"), text("why"))
}

async fn get(shop: &Shop, path: &str) -> reqwest::Response {
    Client::new().get(format!("{}{path}", shop.cloud().url())).send().await.expect("a reply")
}

#[tokio::test]
async fn a_picture_is_uploaded_from_a_page_and_served_by_the_front_door() {
    let shop = Shop::open().await;
    let (admin, path) = (shop.admin().await, path_of_images(&shop).await);
    let file = draw(1_200, 600, ImageFormat::Png);
    let announced = announce(&admin, &path, &file, "image/png", "picture").await;
    let url = announced["upload"]["url"].as_str().expect("a URL").to_owned();

    // What a browser asks before a page's fetch, and what it needs of the answer.
    let page = shop.cloud().url().to_owned();
    let ask = async |origin: &str| {
        let request = Client::new().request(Method::OPTIONS, &url).header(ORIGIN, origin);
        let request = request.header("access-control-request-method", "PUT");
        let names = "content-type,x-amz-checksum-sha256";
        request.header("access-control-request-headers", names).send().await.expect("an answer")
    };
    let allowed = ask(&page).await;
    assert_eq!(
        (allowed.status(), &allowed.headers()["access-control-allow-origin"]),
        (StatusCode::OK, &page.parse().expect("a header"))
    );
    assert_eq!(ask("https://elsewhere.example").await.status(), StatusCode::FORBIDDEN);

    assert_eq!(upload(&announced, file.clone()).await.expect("an answer").0, 200);
    shop.settle().await;
    let [shown] = &images(&shop).await[..] else { panic!("one picture") };
    assert_eq!((&shown["image_id"], &shown["alt"]), (&announced["image_id"], &json!("A picture")));
    assert_eq!(shown["widths"], json!([320, 960, 1200]));
    let largest = shown["url"].as_str().expect("a path");
    for size in [largest.to_owned(), largest.replace("-1200.jpg", "-320.jpg")] {
        let served = get(&shop, &size).await;
        assert_eq!(served.status(), StatusCode::OK, "{size}");
        assert_eq!(served.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(served.headers()[CONTENT_TYPE], "image/jpeg");
        assert!(served.bytes().await.expect("a body").len() < file.len(), "{size}");
    }
    // There is nothing to tell what is not there from what nobody may see.
    let upload_path = format!("/uploads/{}", announced["image_id"].as_str().expect("an id"));
    for (path, status) in [("/images/none.jpg", 403), ("/images/../uploads/x", 404), (&*upload_path, 404)] {
        assert_eq!(get(&shop, path).await.status().as_u16(), status, "{path}");
    }
    assert_eq!(state(&shop, &announced).await, ("done".to_owned(), String::new()));

    // S3 may report an upload more than once.
    let bucket = shop.cloud().deployment().buckets.iter().find(|bucket| !bucket.notifications.is_empty());
    let bucket = bucket.expect("the bucket of pictures").clone();
    let event = report(&bucket.name, &format!("uploads/{}", announced["image_id"].as_str().expect("an id")))
        .to_string();
    let queue = &bucket.notifications[0].queue_arn;
    shop.cloud().endpoint().send_message(queue, &event).await.expect("the queue takes it");
    shop.settle().await;
    assert_eq!(images(&shop).await.len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn a_file_other_than_announced_is_refused_at_the_bucket_or_after_it() {
    let shop = Shop::open().await;
    let (admin, path) = (shop.admin().await, path_of_images(&shop).await);
    let file = draw(400, 200, ImageFormat::Jpeg);
    let announced = announce(&admin, &path, &file, "image/jpeg", "announced").await;
    let longer = [&file[..], b"more"].concat();
    let mut other = file.clone();
    other[300] ^= 1;
    let mut lying = announced.clone();
    lying["upload"]["headers"]["content-type"] = "image/png".into();
    for (what, announced, file, status) in [
        ("longer", &announced, longer, 400),
        ("of the same length", &announced, other, 400),
        ("of another type", &lying, file.clone(), 403),
    ] {
        assert_eq!(upload(announced, file).await.expect("an answer").0, status, "{what}");
    }
    // Without its hash, only the signature can refuse it.
    let mut bare = announced.clone();
    bare["upload"]["headers"].as_object_mut().expect("headers").remove("x-amz-checksum-sha256");
    assert_eq!(upload(&bare, file.clone()).await.expect("an answer").0, 403);
    shop.settle().await;
    assert_eq!(state(&shop, &announced).await.0, "awaiting");

    let png = draw(400, 200, ImageFormat::Png);
    for (key, file, content_type, why) in [
        ("png", &png[..], "image/jpeg", "image_type"),
        ("half", &png[..png.len() / 2], "image/png", "image_broken"),
        ("svg", &b"<svg><script>alert(1)</script></svg>"[..], "image/png", "image_type"),
    ] {
        let announced = announce(&admin, &path, file, content_type, key).await;
        assert_eq!(upload(&announced, file.to_vec()).await.expect("an answer").0, 200);
        shop.settle().await;
        assert_eq!(state(&shop, &announced).await, ("refused".to_owned(), why.to_owned()));
        let kept = admin.get(path.trim_end_matches("/images")).await.body;
        let told = &kept["uploads"][0];
        assert_eq!(
            (&told["image_id"], &told["state"], &told["why"]),
            (&announced["image_id"], &json!("refused"), &json!(why))
        );
    }
    assert_eq!(images(&shop).await, Vec::<Value>::new());
    shop.close().await;
}

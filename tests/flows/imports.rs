//! Staff import a file of products, and export the catalogue.

use reqwest::Method;
use serde_json::{Value, json};
use tests::import::{HEADER, announcement, begin, row};
use tests::upload::{report, upload};
use tests::{Customer, Shop};

const IMPORTS: &str = "/admin/catalogue/imports";

async fn imported(shop: &Shop, staff: &Customer<'_>, key: &str, file: &str) -> Value {
    let path = begin(staff, key, &announcement(file.as_bytes(), "csv"), file.as_bytes().to_vec()).await;
    shop.settle().await;
    staff.get(&path).await.body
}

#[tokio::test]
async fn a_file_of_products_is_imported_found_by_customers_and_exported_again() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let file = format!(
        "\u{feff}{}{}{}",
        HEADER,
        row("moka-pot", "24.90", 12),
        row("tamper", "19.95", 0).replace("Product tamper", "=1+1")
    )
    .replace(',', ";");
    let first = imported(&shop, &admin, "first", &file).await;
    assert_eq!(
        first["counts"],
        json!({ "created": 2, "updated": 0, "unchanged": 0, "failed": 0 }),
        "{first}"
    );
    let pot = shop.send(shop.client().get(shop.at("/products/moka-pot"))).await.body;
    assert_eq!(
        (&pot["variants"][0]["price"]["amount"], &pot["variants"][0]["available"]),
        (&json!(2490), &json!(10))
    );
    let again = imported(&shop, &admin, "again", &file).await;
    assert_eq!(again["counts"]["unchanged"], 2, "{again}");
    let tamper = shop.send(shop.client().get(shop.at("/products/tamper"))).await.body;
    assert_eq!(tamper["title"], "=1+1");

    for format in ["csv", "jsonl"] {
        let (mut text, mut cursor) = (String::new(), String::new());
        loop {
            let page = admin.get(&format!("/admin/catalogue/export?format={format}{cursor}")).await.body;
            text += page["text"].as_str().expect("a text");
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(!text.contains(",=1+1"), "{text}");
        let path =
            begin(&admin, format, &announcement(text.as_bytes(), format), text.clone().into_bytes()).await;
        shop.settle().await;
        let report = admin.get(&path).await.body;
        let counts = &report["counts"];
        assert_eq!(
            (&report["status"], &counts["unchanged"], &report["failed"]),
            (&json!("done"), &report["rows"], &json!([]))
        );
    }
    shop.close().await;
}

#[tokio::test]
async fn an_upload_of_another_length_or_content_than_announced_is_refused_by_the_bucket() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let file = format!("{HEADER}{}", row("moka-pot", "24.90", 1)).into_bytes();
    let announced = admin.post(IMPORTS, "announced", &announcement(&file, "csv")).await;
    let longer = [&file[..], b"more"].concat();
    let mut other = file.clone();
    other[300.min(file.len() - 1)] ^= 1;
    for file in [longer, other] {
        assert_eq!(upload(&announced.body, file).await.expect("an answer").0, 400);
    }
    let mut bare = announced.body.clone();
    bare["upload"]["headers"].as_object_mut().expect("headers").remove("x-amz-checksum-sha256");
    assert_eq!(upload(&bare, file.clone()).await.expect("an answer").0, 403);
    shop.settle().await;
    let path = format!("{IMPORTS}/{}", announced.body["import_id"].as_str().expect("an id"));
    assert_eq!(admin.get(&path).await.body["status"], "awaiting");
    assert_eq!(upload(&announced.body, file).await.expect("an answer").0, 200);
    shop.settle().await;
    assert_eq!(admin.get(&path).await.body["status"], "done");

    // S3 may report an upload more than once, also of a file that is gone.
    let bucket = shop.cloud().deployment().buckets.iter().find(|bucket| !bucket.notifications.is_empty());
    let bucket = bucket.expect("the bucket of files").clone();
    let event =
        report(&bucket.name, &format!("imports/{}", announced.body["import_id"].as_str().expect("an id")))
            .to_string();
    let queue = bucket.notifications.iter().find(|one| one.queue_arn.ends_with("catalogue-imports"));
    let queue = &queue.expect("the queue of imports").queue_arn;
    shop.cloud().endpoint().send_message(queue, &event).await.expect("the queue takes it");
    shop.settle().await;
    assert_eq!(admin.get(&path).await.body["counts"]["created"], 1);

    let page = shop.cloud().url().to_owned();
    let url = announced.body["upload"]["url"].as_str().expect("a URL");
    let asked = shop.client().request(Method::OPTIONS, url).header("origin", page);
    let asked = asked.header("access-control-request-method", "PUT");
    let asked = asked.header("access-control-request-headers", "content-type,x-amz-checksum-sha256");
    assert_eq!(asked.send().await.expect("an answer").status(), 200, "a page's fetch");
    shop.close().await;
}

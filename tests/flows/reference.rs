//! The API reference that `cargo dev` shows.

use serde_json::Value;
use tests::Shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_serves_the_api_reference() {
    let shop = Shop::unstocked().await;
    let get = async |path: &str| {
        let answer = reqwest::get(format!("{}{path}", shop.cloud().console_url())).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let content_type = answer.headers()["content-type"].to_str().expect("text").to_owned();
        (content_type, answer.text().await.expect("a body"))
    };
    let (content_type, document) = get("/openapi.json").await;
    assert_eq!(content_type, "application/json");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(document["info"]["title"], "Bodega");
    let (_, page) = get("/docs").await;
    assert!(page.contains("spec-url=\"/openapi.json\"") && page.contains("src=\"/docs/redoc.js\""), "{page}");
    let (content_type, _) = get("/docs/redoc.js").await;
    assert_eq!(content_type, "text/javascript");
    shop.close().await;
}

//! The record of what the staff change.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Shop;

fn actions(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["action"].as_str().expect("an action")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_admin_changes_in_any_service_is_listed_newest_first() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let product = json!({
        "title": "A product", "description": "", "slug": "for-the-record", "category": "tools", "status": "active",
        "variants": [{ "sku": "RECORD-1", "title": "One", "price": { "amount": 100, "currency": "EUR" } }],
    });
    let product = admin.post("/products", "create", &product).await;
    let refused = admin.post("/products", "again", &json!({})).await;
    let adjustment = json!({ "delta": 3, "reason": "delivery" });
    let adjusted = admin.post("/stock/RECORD-1/adjustments", "adjust", &adjustment).await;
    let invite = admin.request(Method::PUT, "/admin/users/staff/colleague@customers.example");
    let invited = shop.send(invite.json(&json!({ "roles": ["staff"] }))).await;
    assert_eq!([product.status, refused.status, adjusted.status, invited.status], [201, 422, 200, 200]);
    shop.settle().await;

    let mine = admin.get(&format!("/admin/users/audit?actor={}&limit=3", admin.user_id)).await;
    assert_eq!(mine.status, 200, "{mine:?}");
    assert_eq!(actions(&mine.body), ["put-staff", "adjust-stock", "create-product"]);
    let cursor = mine.body["next_cursor"].as_str().expect("what the seed has done");
    let path = format!("/admin/users/audit?actor={}&limit=3&cursor={cursor}", admin.user_id);
    assert_eq!(actions(&admin.get(&path).await.body).len(), 3);
    for (subject, action) in [
        (product.body["product_id"].as_str().expect("an id"), "create-product"),
        ("RECORD-1", "adjust-stock"),
    ] {
        let found = admin.get(&format!("/admin/users/audit?subject={subject}")).await;
        assert_eq!(actions(&found.body), [action], "{subject}");
        assert_eq!(found.body["items"][0]["actor"], admin.user_id.as_str());
    }
    let this_month = admin.get("/admin/users/audit?limit=1").await;
    assert_eq!(actions(&this_month.body), ["put-staff"]);
    assert!(!mine.body.to_string().contains("colleague"), "ids only");
    shop.close().await;
}

//! Customers search the seeded catalogue.

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, header};
use serde_json::json;
use tests::Shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seeded_catalogue_is_searched_through_the_front_door() {
    let shop = Shop::open().await;
    let settled = Timestamp::now() + SignedDuration::from_mins(1);
    for _ in 0..2 {
        let run =
            shop.cloud().sources().trigger("index-catalogue", settled).await.expect("the schedule exists");
        assert_eq!(run.function_error, None);
    }
    let found = async |query: &str| {
        let reply = shop.send(shop.client().get(shop.at(&format!("/search?{query}")))).await;
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        let items = reply.body["items"].as_array().expect("items").clone();
        items.iter().map(|card| json!([card["slug"], card["price"]["amount"]])).collect::<Vec<_>>()
    };
    assert_eq!(found("q=espreso").await, [json!(["espresso-cup", 1450]), json!(["house-espresso", 790])]);
    assert_eq!(found("q=gri").await[0], json!(["hand-grinder", 8900]));
    let tools = found("category=tools&sort=price_asc&utm_source=x").await;
    assert_eq!(tools, [json!(["moka-pot", 2490]), json!(["hand-grinder", 8900])]);
    assert!(found("q=zzzz").await.is_empty());
    assert_eq!(found("in_stock=true&limit=100").await.len(), 8);

    let search = |method| shop.client().request(method, shop.at("/search?q=moka"));
    let first = search(Method::GET).send().await.expect("a reply");
    assert_eq!(first.headers()[header::CACHE_CONTROL], "public, max-age=30");
    let known = first.headers()[header::ETAG].clone();
    let head = search(Method::HEAD).send().await.expect("a reply");
    assert_eq!((head.status().as_u16(), &head.headers()[header::ETAG]), (200, &known));
    let unchanged = search(Method::GET).header(header::IF_NONE_MATCH, known).send().await.expect("a reply");
    assert_eq!(unchanged.status(), 304);
    for refused in ["limit=0", "min_price=2&max_price=1", &format!("q={}", "x".repeat(1_000))] {
        let reply = shop.send(shop.client().get(shop.at(&format!("/search?{refused}")))).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!("invalid_query")), "{refused}");
    }
    shop.close().await;
}

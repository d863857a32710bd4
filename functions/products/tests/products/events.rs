//! The example events are ones that the operations take.

use std::path::Path;

use super::*;

fn event(operation: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/{operation}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn body(operation: &str) -> Value {
    serde_json::from_str(event(operation)["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn one_after_the_other_they_are_a_sale() {
    let shop = shop().await;
    shop.create(body("create-product")).await.unwrap();
    let correction: AdjustStock = parsed(body("adjust-stock"));
    let sku = event("adjust-stock")["pathParameters"]["sku"].as_str().unwrap().to_owned();
    shop.adjust(&sku, correction.delta.into_inner(), "a").await.unwrap();
    let wanted: ReserveStock = parsed(body("reserve-stock"));
    shop.reserve_in(wanted.order_id, wanted.currency, wanted.lines).await.unwrap();
    let message = event("settle-reservation")["Records"][0]["body"].as_str().unwrap().to_owned();
    shop.hear(&serde_json::from_str(&message).unwrap()).await.unwrap();
    assert_eq!(shop.counters(&sku).await, [22, 0, 2, 24]);
}

#[test]
fn the_relayed_event_is_one_of_products() {
    let image = &event("relay-product-events")["Records"][0]["dynamodb"]["NewImage"];
    let envelope: Envelope = serde_json::from_str(image["envelope"]["S"].as_str().unwrap()).unwrap();
    assert_eq!(envelope.event.source(), "/bodega/products");
}

//! The sample events are accepted by their operations.

use domain::events::OrderEvent;
use std::path::Path;

use super::*;

fn event(operation: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/{operation}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn body(operation: &str) -> Value {
    serde_json::from_str(event(operation)["body"].as_str().unwrap()).unwrap()
}

/// They refer to the data that `cargo dev` starts with.
#[tokio::test]
async fn each_sample_event_is_accepted_by_its_operation() {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    shop.create(product("beans", "coffee", "BEANS-250", "active")).await.unwrap();
    shop.create(body("create-product")).await.unwrap();
    let adjustment: AdjustStock = parsed(body("adjust-stock"));
    let sku = event("adjust-stock")["pathParameters"]["sku"].as_str().unwrap().to_owned();
    for sku in [&sku, "BEANS-250"] {
        shop.adjust(sku, adjustment.delta.into_inner(), sku).await.unwrap();
    }
    let wanted: ReserveStock = parsed(body("reserve-stock"));
    shop.reserve_in(wanted.order_id, wanted.currency, wanted.lines).await.unwrap();
    assert_eq!(shop.counters(&sku).await, [22, 2, 0, 24]);

    let message = event("settle-reservation")["Records"][0]["body"].as_str().unwrap().to_owned();
    let message: Envelope = serde_json::from_str(&message).unwrap();
    let Event::Order(OrderEvent::Confirmed(sold)) = &message.event else {
        panic!("an order that is paid: {message:?}")
    };
    let of: Vec<(&str, u32)> =
        sold.lines.iter().map(|line| (line.sku.as_ref(), line.quantity.into_inner())).collect();
    shop.reserve_in(sold.order_id, Currency::EUR, lines(&of)).await.unwrap();
    shop.deliver(&message).await.unwrap();
    assert_eq!(shop.counters(&sku).await, [20, 2, 2, 24]);
}
